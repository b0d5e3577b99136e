import type { Target } from '../../core/host.ts';
import type { Scope } from '../../core/scope.ts';
import type { Cloud } from '../../openstack/cloud.ts';
import type { Flavor } from '../../openstack/compute.ts';
import { type HoldingsOptions, openHoldings } from '../../openstack/creation.ts';
import type { Journal } from '../../openstack/journal.ts';
import type { SecurityGroup } from '../../openstack/network.ts';
import { serverPoller } from '../../openstack/poller.ts';
import { makeRule, makeSecurityGroup, makeServerGroup } from '../../openstack/resources.ts';
import type { SshAddress } from '../../ssh/connection.ts';
import { newKeyPair } from '../../ssh/keys.ts';
import { defaultDeadlines, type MachineDeadlines, type OpenstackMachine, startMachine } from './machine.ts';
import type { MachinePlan } from './plan.ts';

export interface OpenstackTargetOptions {
  readonly cloud: Cloud;
  readonly plan: MachinePlan;
  readonly journal: Journal;
  /** Of the whole run: what its machines share is made once and goes with it. */
  readonly scope: Scope;
  /** Id of this machine, for the marks. */
  readonly machineId: string;
  /** Seconds since 1970 until which the run is expected to be over; asked for each machine. */
  readonly expiresAtSeconds: () => number;
  /** Seconds until a machine powers itself off by its own clock, unless that is renewed. */
  readonly lifeSeconds: number;
  readonly progress: (line: string) => void;
  /** On the way to the machines. */
  readonly jump?: SshAddress | undefined;
  readonly deadlines?: Partial<MachineDeadlines> | undefined;
  /** How often a lone server is looked at while it builds: the resolution of that edge of L4. Default: 500 ms. */
  readonly loneEveryMs?: number | undefined;
}

interface AcquireOptions {
  /** Instead of the plan's image: one with a platform on it. */
  readonly imageId?: string | undefined;
  /** Instead of the plan's flavor. */
  readonly flavor?: Flavor | undefined;
  /** Default `cloud-init`: everything is set up. `login`: as early as possible. */
  readonly until?: 'login' | 'cloud-init' | undefined;
  /** Instead of the target's own. */
  readonly progress?: ((line: string) => void) | undefined;
}

export interface OpenstackTarget extends Target {
  /** As `acquire`, and says how the machine came to be. It goes with `scope`, which may be shorter than the run's. */
  acquireMachine(scope: Scope, role: string, signal: AbortSignal, options?: AcquireOptions): Promise<OpenstackMachine>;
  /** Lets one more CIDR reach a port of the machines, as far as the cloud decides; until the run's scope is closed. */
  admit(cidr: string, port: number, signal: AbortSignal): Promise<void>;
}

interface Shared {
  readonly securityGroup: SecurityGroup;
  readonly serverGroupId: string | undefined;
}

/** Disposable servers of a cloud. Whatever is registered with a scope here begins with `openstack ` or `connection `. */
export function openstackTarget(options: OpenstackTargetOptions): OpenstackTarget {
  const { cloud, journal, loneEveryMs } = options;
  const poller = serverPoller(cloud.compute, loneEveryMs === undefined ? {} : { loneEveryMs });
  const login = newKeyPair();
  const holdingsOptions = holdingsOptionsOf(options, poller);
  let shared: Promise<Shared> | undefined;

  const sharedOnes = async (signal: AbortSignal): Promise<Shared> => {
    signal.throwIfAborted();
    shared ??= makeShared(options, holdingsOptions);
    const made = await shared;
    signal.throwIfAborted();
    return made;
  };
  const acquireMachine: OpenstackTarget['acquireMachine'] = async (scope, role, signal, acquire = {}) => {
    const { securityGroup, serverGroupId } = await sharedOnes(signal);
    const holdings = await openHoldings(scope, `openstack machine givre-${journal.runId}-${role}`, holdingsOptions);
    return await startMachine({
      securityGroupId: securityGroup.id,
      serverGroupId,
      poller,
      holdings,
      scope,
      role,
      login,
      signal,
      ...wantedOf(options, acquire),
    });
  };
  return {
    kind: 'openstack',
    acquireMachine,
    admit: admission(cloud, sharedOnes),
    acquire: async (scope, role, signal) => (await acquireMachine(scope, role, signal)).host,
  };
}

function holdingsOptionsOf(options: OpenstackTargetOptions, poller: HoldingsOptions['poller']): HoldingsOptions {
  const { cloud, journal, machineId, expiresAtSeconds, progress } = options;
  return { cloud, journal, poller, machine: machineId, expiresAtSeconds, onNote: progress };
}

/** The machine that is asked for: as the target has them all, but for what is asked for this one. */
function wantedOf(options: OpenstackTargetOptions, acquire: AcquireOptions) {
  const { cloud, plan, jump, lifeSeconds } = options;
  return {
    plan,
    cloud,
    jump,
    imageId: acquire.imageId ?? plan.image.id,
    flavor: acquire.flavor ?? plan.flavor,
    until: acquire.until ?? 'cloud-init',
    lifeSeconds,
    deadlines: { ...defaultDeadlines, ...options.deadlines },
    progress: acquire.progress ?? options.progress,
  };
}

/** All machines are in the one group, and Neutron takes a rule only once. */
function admission({ network }: Cloud, sharedOnes: (signal: AbortSignal) => Promise<Shared>): OpenstackTarget['admit'] {
  const rules = new Map<string, Promise<void>>();
  return async (cidr, port, signal) => {
    const { securityGroup } = await sharedOnes(signal);
    const key = `${cidr} ${port}`;
    const made = rules.get(key) ?? makeRule(network, securityGroup, { cidr, port });
    rules.set(key, made);
    await made;
  };
}

/** Made before the first machine, and so removed after the last. */
async function makeShared({ plan, scope, journal }: OpenstackTargetOptions, options: HoldingsOptions): Promise<Shared> {
  const holdings = await openHoldings(scope, `openstack groups of givre-${journal.runId}`, options);
  const rules = plan.sources.map((cidr) => ({ port: 22, cidr }));
  const securityGroup = await makeSecurityGroup(holdings, 'ssh', rules);
  const spread = plan.wishes.serverGroup ? await makeServerGroup(holdings, 'spread') : undefined;
  return { securityGroup, serverGroupId: spread?.id };
}
