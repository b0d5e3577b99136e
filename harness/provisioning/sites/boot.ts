import type { BareBoot, BootedMachine } from '../../agent/booted-machine.ts';
import { connectAgent } from '../../agent/client.ts';
import type { Scope } from '../../core/scope.ts';
import type { OpenstackMachine } from '../../targets/openstack/machine.ts';
import type { BuiltFunction } from '../artifacts/functions.ts';
import { AGENT } from '../machines.ts';
import type { ObtainedPlatform } from '../platforms.ts';
import { deliverForSample } from './boot-delivery.ts';
import { readBootEdges } from './boot-edges.ts';
import { measureClockOffset } from './clock.ts';
import type { OpenstackParts } from './openstack-parts.ts';
import type { SiteWork } from './site.ts';

interface Wanted {
  readonly platform: ObtainedPlatform;
  /** With that platform on it. */
  readonly imageId: string;
  /** What is to be started. */
  readonly built: BuiltFunction;
  /** By which it will be deployed. */
  readonly image: string;
}

/** A server that exists for one sample of L4; gone, or known not to be, when this returns. */
export async function bootForOneSample<T>(
  parts: OpenstackParts,
  { platform, imageId, ...wanted }: Wanted,
  work: SiteWork,
  use: (machine: BootedMachine) => Promise<T>,
): Promise<T> {
  const { signal, progress } = work;
  return await withPassingMachine(parts, work, { imageId }, async ({ host, edges }, own) => {
    const installation = await platform.platform.attach(host, signal, progress);
    const agent = connectAgent(host.open([AGENT]), signal);
    await own.defer(`agent on ${host.name}`, () => agent.close());
    const sentNs = BigInt(edges.sentRealtimeNs);
    const seen = {
      sentNs,
      acceptedNs: sentNs + BigInt(edges.acceptedNs),
      activeNs: sentNs + BigInt(edges.activeNs),
      loggedInNs: sentNs + BigInt(edges.loggedInNs),
    };
    const { warnings, ...delivery } = await deliverForSample({ host, ...wanted, sentNs, signal });
    // As late as it can be: a machine that has just booted may still set its clock.
    const clock = await measureClockOffset(agent);
    return await use({
      agent,
      installation,
      sentRealtimeNs: edges.sentRealtimeNs,
      delivery,
      readEdges: () => readBootEdges(host, clock, seen),
      clock: { offsetNs: clock.offsetNs, boundNs: clock.boundNs },
      warnings,
    });
  });
}

/** A server of the same flavor from the base image, with nothing of ours on it: what the cloud itself takes. */
export async function bootBare(parts: OpenstackParts, work: SiteWork): Promise<BareBoot> {
  return await withPassingMachine(parts, work, {}, async ({ edges }) => edges);
}

async function withPassingMachine<T>(
  { target, leases }: OpenstackParts,
  { scope, signal, progress }: SiteWork,
  image: { readonly imageId?: string },
  use: (machine: OpenstackMachine, own: Scope) => Promise<T>,
): Promise<T> {
  return await scope.within('openstack machine of a sample', async (own) => {
    const machine = await target.acquireMachine(own, 'sample', signal, { ...image, until: 'login', progress });
    await leases.keepMarks(machine.host.leases, own);
    return await use(machine, own);
  });
}
