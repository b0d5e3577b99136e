import { newCalm } from '../../core/calm.ts';
import { unlessAborted } from '../../core/owned.ts';
import { stateFolder } from '../../core/paths.ts';
import type { Cloud } from '../../openstack/cloud.ts';
import { expiryAfter } from '../../openstack/expiry.ts';
import type { CloudImage } from '../../openstack/image.ts';
import { auditRun, describeResource, describeUnseen } from '../../openstack/inventory.ts';
import { openJournal } from '../../openstack/journal.ts';
import { openCloud } from '../../openstack/open.ts';
import { serverPoller } from '../../openstack/poller.ts';
import { withoutImage } from '../../planning/machine-image.ts';
import type { OpenstackOptions } from '../../planning/options.ts';
import type { Plan } from '../../planning/plan.ts';
import { reapCommandFor } from '../../planning/reap-command.ts';
import { machineId } from '../../runs/lock.ts';
import type { MachineRecord } from '../../runs/schema.ts';
import { guardNetwork, installBundle } from '../../targets/bundle.ts';
import type { OpenstackMachine } from '../../targets/openstack/machine.ts';
import { type MachinePlan, planMachines } from '../../targets/openstack/plan.ts';
import { type OpenstackTarget, openstackTarget } from '../../targets/openstack/target.ts';
import { LIFE_SECONDS } from '../leases.ts';
import type { ObtainedPlatform } from '../platforms.ts';
import type { OpeningWork } from '../run.ts';
import { bootBare, bootForOneSample } from './boot.ts';
import { goldenImage } from './golden.ts';
import { deviceMtu } from './mtu.ts';
import { acquireGeneratorServer, flavorWords } from './openstack-generator.ts';
import type { OpenstackParts } from './openstack-parts.ts';
import { GATEWAY_PORT, type Goods, type Site, type SiteMachine, type SiteWork } from './site.ts';
import { resolveJump } from './ssh.ts';

/** How often a lone building server is looked at: the resolution of the phase `active`. */
const LOOK_EVERY_MS = 250;
/** Beside the machines that are measured: the one that an image is made of, or that of a sample of L4. */
const PASSING_MACHINES = 1;

/** Disposable servers of a cloud; signs in, looks everything up and opens the journal, but makes nothing yet. */
export async function openstackSite(plan: Plan, options: OpenstackOptions, work: OpeningWork): Promise<Site> {
  const { signal, progress, leases } = work;
  const cloud = await openCloud({
    cloud: options.cloud,
    region: options.region,
    httpsProxy: options.httpsProxy,
    signal,
  });
  try {
    for (const warning of cloud.warnings) progress(`warning: ${warning}`);
    warnOfExpiry(cloud, leases.insideSeconds, progress);
    const word = withoutImage(options);
    if (word === '--boot-volume')
      progress(`${word}: no image of the platform is made; each machine is installed by itself`);
    const jump = await resolveJump(options.sshJump, (line) => progress(`warning: ${line}`));
    const { perPlatform, generators } = plan.machines;
    const machines = plan.platforms.length * perPlatform + (word === undefined ? PASSING_MACHINES : 0);
    // It only reads, and what a slow cloud answers later is no use to a run that has ended.
    const machinePlan = await unlessAborted(planMachines(cloud, options, machines, generators), signal);
    const parts = await openParts({ cloud, plan: machinePlan, jump }, work);
    return siteOf(plan, options, parts);
  } catch (error) {
    await cloud.close();
    throw error;
  }
}

interface Known extends Pick<OpenstackParts, 'cloud' | 'plan'> {
  readonly jump: Awaited<ReturnType<typeof resolveJump>>;
}

/** Opens the journal, and makes ready what servers are asked of. */
async function openParts(
  { cloud, plan, jump }: Known,
  { runId, scope, progress, leases }: OpeningWork,
): Promise<OpenstackParts> {
  const place = { cloud: cloud.name, region: cloud.region, projectId: cloud.projectId };
  const journal = await openJournal({ stateFolder: stateFolder(), runId, place });
  await scope.defer('journal', () => journal.close());
  const expiresAtSeconds = (): number => expiryAfter(cloud, LIFE_SECONDS);
  const target = openstackTarget({
    cloud,
    plan,
    journal,
    expiresAtSeconds,
    lifeSeconds: leases.insideSeconds,
    progress,
    scope,
    jump,
    machineId: await machineId(),
    loneEveryMs: LOOK_EVERY_MS,
  });
  const holdingsOptions = {
    cloud,
    journal,
    poller: serverPoller(cloud.compute),
    machine: await machineId(),
    expiresAtSeconds,
    onNote: progress,
  };
  return { cloud, plan, target, leases, holdingsOptions };
}

/** What machines for samples of L4 need. */
interface Prepared {
  readonly image: Promise<CloudImage>;
  readonly built: Goods['built'];
}

function siteOf(plan: Plan, options: OpenstackOptions, parts: OpenstackParts): Site {
  const { cloud, target, leases } = parts;
  const { name, region } = cloud;
  const place = { kind: 'openstack', cloud: name, region, httpsProxy: options.httpsProxy } as const;
  const prepared = new Map<ObtainedPlatform, Prepared>();
  const imageFor = (platform: ObtainedPlatform, { images, built }: Goods, work: SiteWork): Promise<CloudImage> => {
    const { image } = prepared.get(platform) ?? { image: goldenImage(parts, platform, images, work) };
    prepared.set(platform, { image, built });
    return image;
  };
  return {
    unsupported: [],
    async acquire(platform, role, goods, work): Promise<SiteMachine> {
      const { scope, signal, progress } = work;
      if (withoutImage(options) !== undefined) {
        const machine = await target.acquireMachine(scope, role, signal);
        const calm = newCalm();
        await leases.keep(machine.host.leases, calm, scope);
        await install(machine, goods, work);
        return { host: machine.host, calm, hasPlatform: false, record: await describe(machine, parts.plan, false) };
      }
      const image = await imageFor(platform, goods, work);
      progress(`booting a server from ${image.name}`);
      const machine = await target.acquireMachine(scope, role, signal, { imageId: image.id });
      const calm = newCalm();
      await leases.keep(machine.host.leases, calm, scope);
      return { host: machine.host, calm, hasPlatform: true, record: await describe(machine, parts.plan, true) };
    },
    acquireGenerator: (number, goods, work) => acquireGeneratorServer(parts, number, goods, work),
    admit: admissionBy(target),
    boots: (platform, work) => bootsOf(parts, platform, () => prepared.get(platform), work),
    isMachine: (what) => what.startsWith('openstack '),
    audit: () => audit(parts),
    reapCommand: reapCommandFor(place, { run: plan.runId }),
    close: () => cloud.close(),
  };
}

/** The cloud lets somebody reach a machine, and so does the machine itself. */
function admissionBy(target: OpenstackTarget): NonNullable<Site['admit']> {
  return async (_platform, host, sources, signal) => {
    for (const source of sources) await target.admit(`${source}/32`, GATEWAY_PORT, signal);
    const openings = sources.map((from) => ({ from: `${from}/32`, port: GATEWAY_PORT }));
    await guardNetwork(host, openings, signal);
  };
}

/** Machines for samples of L4. */
function bootsOf(
  parts: OpenstackParts,
  platform: ObtainedPlatform,
  preparedFor: () => Prepared | undefined,
  work: SiteWork,
): ReturnType<NonNullable<Site['boots']>> {
  return {
    async withPlatform(deployable, use) {
      const { image, built } = preparedFor() ?? {};
      const delivered = built?.find(({ fn }) => fn.name === deployable.name);
      if (image === undefined || delivered === undefined) throw new Error('a sample of what no machine was made for');
      const wanted = { platform, imageId: (await image).id, built: delivered, image: deployable.image };
      return await bootForOneSample(parts, wanted, work, use);
    },
    bare: () => bootBare(parts, work),
  };
}

/** A kind that cannot be listed counts as left where this run has made something of it; elsewhere it is only said. */
async function audit({ cloud, holdingsOptions: { journal, onNote } }: OpenstackParts): Promise<readonly string[]> {
  const { marked, unseen } = await auditRun(cloud, journal.runId);
  const made = new Set(journal.entries().map((it) => it.kind));
  const unknown = unseen.filter(({ kind }) => made.has(kind));
  for (const it of unseen.filter(({ kind }) => !made.has(kind)))
    onNote(`${describeUnseen(it)}; this run has made none`);
  return [...marked.map(describeResource), ...unknown.map((it) => `unknown: ${describeUnseen(it)}`)];
}

async function install({ host }: OpenstackMachine, { images }: Goods, { signal, progress }: SiteWork): Promise<void> {
  if (images.bundle === undefined) throw new Error('a server was planned without the bundle');
  await installBundle({ host, bundle: images.bundle, signal, progress });
}

async function describe(
  { host, server, flavor }: OpenstackMachine,
  { image }: MachinePlan,
  golden: boolean,
): Promise<Omit<MachineRecord, 'platform'>> {
  return {
    virtualisation: (await host.facts()).virtualisation,
    flavor: flavorWords(flavor),
    image: { name: image.name, checksum: image.checksum },
    golden,
    hypervisor: server.hostId || null,
    mtu: await deviceMtu(host),
  };
}

function warnOfExpiry(cloud: Cloud, seconds: number, progress: (line: string) => void): void {
  const expiresAt = cloud.credentialExpiresAt;
  if (expiresAt === null || Date.parse(expiresAt) / 1000 > expiryAfter(cloud, seconds)) return;
  progress(`warning: the credential expires at ${expiresAt}; a run that lasts longer cannot clean up after itself`);
}
