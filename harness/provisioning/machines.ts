import { type AgentClient, connectAgent } from '../agent/client.ts';
import { connectFloor, type FloorClient } from '../agent/floor.ts';
import type { Calm } from '../core/calm.ts';
import type { Host } from '../core/host.ts';
import type { Installation } from '../core/platform.ts';
import { type GatewayClient, gatewayClient } from '../platforms/gateway-client.ts';
import type { MachineRecord } from '../runs/schema.ts';
import type { Logs } from './logs.ts';
import type { ObtainedPlatform } from './platforms.ts';
import type { Goods, Site, SiteWork } from './sites/site.ts';

export const AGENT = '/opt/givre/bin/givre-agent';
const FLOOR = '/opt/givre/bin/givre-floor';

/** One machine with a platform that answers and the programs that measure it. */
export interface Machine {
  readonly platform: ObtainedPlatform;
  readonly host: Host;
  readonly calm: Calm;
  readonly record: MachineRecord;
  readonly installation: Installation;
  readonly gateway: GatewayClient;
  readonly agent: AgentClient;
  readonly floor: FloorClient;
  /** Machine asked for → platform and agent answer. */
  readonly readyMs: number;
}

interface MachineWork extends SiteWork {
  readonly site: Site;
  readonly goods: Goods;
  /** Local folder for the logs of every service, collected before the machine goes. */
  readonly logsFolder: (role: string) => string;
  readonly logs: Logs;
}

/** Acquires a machine, brings the platform up on it and connects agent and floor. */
export async function bringUp(work: MachineWork, obtained: ObtainedPlatform, role: string): Promise<Machine> {
  const { scope, site, signal } = work;
  const { platform, record } = obtained;
  const progress = (line: string): void => work.progress(`${platform.label}: ${line}`);
  const begun = performance.now();
  const acquired = await site.acquire(obtained, role, work.goods, { scope, signal, progress });
  const { host, calm } = acquired;
  await work.logs.keep(host.name, scope, async (until) => {
    await platform.gatherLogs?.(host, performance.now() - begun);
    await host.collectLogs(work.logsFolder(role), until);
  });
  const afterAcquire = performance.now();
  const installation = acquired.hasPlatform
    ? await platform.attach(host, signal, progress)
    : await platform.install(scope, host, signal, progress);
  const agent = connectAgent(host.open([AGENT]), signal);
  await scope.defer(`agent on ${host.name}`, () => agent.close());
  const floor = connectFloor(host.open([FLOOR]), signal);
  await scope.defer(`floor on ${host.name}`, () => floor.close());
  await agent.hello();
  // Undone first of all: nothing on a frozen machine ends by itself.
  await scope.defer(`freeze of ${host.name}`, () => host.resume());
  const now = performance.now();
  progress(
    `ready after ${seconds(now - begun)} (machine ${seconds(afterAcquire - begun)}, platform ${seconds(now - afterAcquire)})`,
  );
  const gateway = gatewayClient(installation, { signal });
  const about = { ...acquired.record, platform: record.label };
  return { platform: obtained, host, calm, record: about, installation, agent, floor, gateway, readyMs: now - begun };
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`;
}
