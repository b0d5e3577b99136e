import type { MachineBoots } from '../agent/booted-machine.ts';
import type { AgentClient } from '../agent/client.ts';
import type { HttpRequest, Pressure } from '../agent/protocol.ts';
import type { Deployable } from '../api/deployable.ts';
import type { Contamination, PhaseSample } from '../api/observations.ts';
import type { Host } from '../core/host.ts';
import { typeHeader } from '../core/own-request.ts';
import { FUNCTION_NAMESPACE, type Installation } from '../core/platform.ts';
import type { BurstPlan, BurstResult } from '../load/k6/burst.ts';
import type { Load } from '../load/load.ts';
import type { TruthServer } from '../load/truth.ts';
import type { Reading } from '../load/watched.ts';
import type { GatewayClient } from '../platforms/gateway-client.ts';
import type { Level, LoadSample, Path, PlatformRecord } from '../runs/schema.ts';

export const CNI_LEASES = '/var/run/cni/openfaas-cni-bridge';

/** What puts load on a system and watches it meanwhile. */
export interface LoadParts {
  /** Open loop, from `place`. */
  readonly open: Load;
  readonly place: LoadSample['generator']['place'];
  /** Many requests at the same moment, from `place`. */
  readonly burst: (plan: BurstPlan) => Promise<BurstResult>;
  /** Closed loop, from the harness' machine; undefined where that reaches the gateway through a tunnel only. */
  readonly closed: Load | undefined;
  /** Where the closed loop reaches a path. */
  readonly closedUrl: (path: Path, name: string) => string;
  /** On the machine under test. */
  readonly exec: Host['exec'];
  /** Starts a server on the machine that notes when each callback came. */
  readonly receiver: () => Promise<TruthServer>;
  readonly openProgram: Host['open'];
  /** Of every machine that `open` runs on, and of the one under test. */
  readonly counters: () => Promise<readonly Reading[]>;
  /** The gateway as `place` reaches it, where that is not the machine under test: `IP:PORT`. */
  readonly gatewayAddress?: string | undefined;
  /** What the last calibration on the generator's machine said; null without one of today. */
  readonly calibrated: { readonly ok: boolean | null; readonly what: string } | null;
}

/** Everything a measured system is made of; the parts are brought up elsewhere. */
export interface SystemParts {
  readonly platform: PlatformRecord;
  readonly installation: Installation;
  readonly agent: AgentClient;
  readonly gateway: GatewayClient;
  /** Of all levels but L4. */
  readonly floor: (level: Level) => Promise<{ totalNs: number; phases: readonly PhaseSample[] }>;
  readonly functions: readonly Deployable[];
  /** Where machines can be made for one sample (L4). */
  readonly boots?: MachineBoots | undefined;
  /** In runs that put load on. */
  readonly load?: LoadParts | undefined;
  readonly activate: () => Promise<void>;
  readonly pollSpacingMs: number;
  /** Wait before each invocation, so that what the gateway remembers of replicas has expired. */
  readonly cacheWaitMs: number;
  /** After this long without a correct answer a sample has failed. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** What belongs to no living task: every task of functions, core services and floor has one lease. */
export async function countContamination(agent: AgentClient): Promise<Contamination> {
  const namespaces = [FUNCTION_NAMESPACE, 'openfaas', 'givre-floor'];
  const { cniFiles, iptablesRules, tasks } = await agent.contamination({ cniDir: CNI_LEASES, namespaces });
  return { cniFiles: Math.max(0, cniFiles - tasks), iptablesRules };
}

/**
 * A request to a function through the gateway, as any client would send it: with the function's own body where it has
 * one, plain where it has none.
 */
export function invocationOf({ gatewayAddress: address }: Installation, { name, request }: Deployable): HttpRequest {
  const path = `/function/${name}`;
  if (request === undefined || request.body.length === 0) return { address, method: 'GET', path, headers: {} };
  const { contentType, body } = request;
  const headers = typeHeader(contentType);
  return { address, method: 'POST', path, headers, bodyBase64: Buffer.from(body).toString('base64') };
}

/** Share of CPU time that the hypervisor took between two readings; null when the kernel counts none. */
export function stealBetween(before: Pressure, after: Pressure): number | null {
  const total = after.totalTicks - before.totalTicks;
  return total <= 0 ? null : (after.stealTicks - before.stealTicks) / total;
}
