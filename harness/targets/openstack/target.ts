import type { Target } from '../../core/host.ts';
import type { Scope } from '../../core/scope.ts';
import type { Cloud } from '../../openstack/cloud.ts';
import { type HoldingsOptions, openHoldings } from '../../openstack/creation.ts';
import type { Journal } from '../../openstack/journal.ts';
import { serverPoller } from '../../openstack/poller.ts';
import { makeSecurityGroup, makeServerGroup } from '../../openstack/resources.ts';
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
  /** Default `cloud-init`: everything is set up. `login`: as early as possible. */
  readonly until?: 'login' | 'cloud-init' | undefined;
  /** Instead of the target's own. */
  readonly progress?: ((line: string) => void) | undefined;
}

export interface OpenstackTarget extends Target {
  /** As `acquire`, and says how the machine came to be. It goes with `scope`, which may be shorter than the run's. */
  acquireMachine(scope: Scope, role: string, signal: AbortSignal, options?: AcquireOptions): Promise<OpenstackMachine>;
}

interface Shared {
  readonly securityGroupId: string;
  readonly serverGroupId: string | undefined;
}

/** Disposable servers of a cloud. Whatever is registered with a scope here begins with `openstack ` or `connection `. */
export function openstackTarget(options: OpenstackTargetOptions): OpenstackTarget {
  const { cloud, plan, journal, progress } = options;
  const { loneEveryMs } = options;
  const poller = serverPoller(cloud.compute, loneEveryMs === undefined ? {} : { loneEveryMs });
  const login = newKeyPair();
  const holdingsOptions: HoldingsOptions = {
    cloud,
    journal,
    poller,
    machine: options.machineId,
    expiresAtSeconds: options.expiresAtSeconds,
    onNote: progress,
  };
  let shared: Promise<Shared> | undefined;

  const acquireMachine: OpenstackTarget['acquireMachine'] = async (scope, role, signal, acquire = {}) => {
    signal.throwIfAborted();
    shared ??= makeShared(options, holdingsOptions);
    const common = await shared;
    signal.throwIfAborted();
    const holdings = await openHoldings(scope, `openstack machine givre-${journal.runId}-${role}`, holdingsOptions);
    return await startMachine({
      ...common,
      plan,
      cloud,
      poller,
      holdings,
      scope,
      role,
      login,
      jump: options.jump,
      imageId: acquire.imageId ?? plan.image.id,
      until: acquire.until ?? 'cloud-init',
      expiresAtSeconds: options.expiresAtSeconds(),
      deadlines: { ...defaultDeadlines, ...options.deadlines },
      signal,
      progress: acquire.progress ?? progress,
    });
  };
  return {
    kind: 'openstack',
    acquireMachine,
    acquire: async (scope, role, signal) => (await acquireMachine(scope, role, signal)).host,
  };
}

/** Made before the first machine, and so removed after the last. */
async function makeShared({ plan, scope, journal }: OpenstackTargetOptions, options: HoldingsOptions): Promise<Shared> {
  const holdings = await openHoldings(scope, `openstack groups of givre-${journal.runId}`, options);
  const rules = plan.sources.map((cidr) => ({ port: 22, cidr }));
  const group = await makeSecurityGroup(holdings, 'ssh', rules);
  const spread = plan.wishes.serverGroup ? await makeServerGroup(holdings, 'spread') : undefined;
  return { securityGroupId: group.id, serverGroupId: spread?.id };
}
