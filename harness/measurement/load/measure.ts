import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadOutcome, MeasuredLoad, Trial } from '../../api/load/trial.ts';
import { GivreError } from '../../core/errors.ts';
import { judgeLoad } from '../../load/gates.ts';
import { judgeSlo } from '../../load/judge-slo.ts';
import type { Arrivals, Load, LoadPlan, LoadResult, LoadSecond } from '../../load/load.ts';
import { highestRate } from '../../load/schedule.ts';
import { standingOf } from '../../load/standing.ts';
import { type Reduced, reducedOf } from '../../load/steady.ts';
import { watched } from '../../load/watched.ts';
import { countContamination, type LoadParts, type SystemParts } from '../parts.ts';
import { addressOf } from './addresses.ts';
import { type Asking, askingOf } from './body.ts';
import { receivedByGateway } from './received.ts';
import { withUsage } from './usage.ts';

const GATEWAY_SETTLE_MS = 100;
/** Beyond this a request counts as failed. Above what a cold start takes, below the platform's own limit of 60 s. */
export const REQUEST_TIMEOUT_MS = 10_000;
/** Room for a stall of this long at the planned rate before a request has to be dropped. */
const STALL_MS = 3_000;
const FEWEST_USERS = 5;
const MOST_USERS = 4_000;
/** Above this the bodies of many virtual users would fill the machine's memory. */
const BODIES_BYTES = 512 * 2 ** 20;

/** Puts load on one function by one path and gathers everything that speaks for or against the measurement. */
export async function measureLoad(
  parts: SystemParts,
  trial: Trial,
  onSecond: (second: LoadSecond) => void,
): Promise<MeasuredLoad> {
  const tools = loadParts(parts);
  const load = loadFor(tools, trial);
  const asking = await askingOf(parts, trial.deployable, trial.payload, trial.arrivals.kind);
  const plan = await planOf(parts, tools, trial, asking);
  const before = await look(parts, tools, trial);
  const generatorIsThere = trial.arrivals.kind !== 'closed' && tools.place === 'target';
  const { result, usages } = await withUsage(
    tools,
    { id: trial.deployable.name, generatorIsThere, signal: parts.signal },
    () => load.run(plan, parts.signal, onSecond),
  );
  // The gateway counts a request when it has ended there, which may be a moment after its client had the answer.
  await sleep(GATEWAY_SETTLE_MS, undefined, { signal: parts.signal });
  const after = await look(parts, tools, trial);
  const reduced = reducedOf(result, plan);
  const received = before.received === null || after.received === null ? null : after.received - before.received;
  const gates = judgeLoad({
    result,
    reduced,
    received,
    machines: watched(before.counters, after.counters),
    clockDriftNs: clockDriftOf(result, after.clockNs - before.clockNs),
    contamination: { before: before.leaks, after: after.leaks },
    calibrated: tools.calibrated,
    answer: asking.proof,
    isRamp: trial.arrivals.kind === 'ramping',
  });
  const outcome = outcomeOf(trial, tools, { asking, result, reduced, gates: [...gates], received, usages });
  return { outcome, requests: result.requests, seconds: reduced.seconds };
}

/** Of the clocks that times were taken by: each generator's own, or that of the machine under test. */
function clockDriftOf({ shares }: LoadResult, machineNs: number): number {
  return shares === undefined ? machineNs : Math.max(...shares.map((it) => it.clockDriftNs));
}

/** Everything that counts by itself, before and after. */
async function look({ agent }: SystemParts, tools: LoadParts, { path, deployable }: Trial) {
  return {
    counters: await tools.counters(),
    clockNs: clockDifference(await agent.clocks()),
    leaks: (await countContamination(agent)).cniFiles,
    received: path === 'gateway' ? await receivedByGateway(tools, deployable.name) : null,
  };
}

async function planOf(parts: SystemParts, tools: LoadParts, trial: Trial, asking: Asking): Promise<LoadPlan> {
  const { arrivals, path, deployable } = trial;
  const closed = arrivals.kind === 'closed';
  const url = closed ? tools.closedUrl(path, deployable.name) : `http://${await addressOf(parts, trial)}`;
  return {
    id: `${deployable.name}-${randomUUID().slice(0, 8)}`,
    // Never GET: clients repeat it silently when a connection was closed.
    request: { url, via: path, method: 'POST', headers: asking.headers, body: asking.body, expect: asking.expect },
    arrivals,
    warmUpMs: warmUpOf(trial),
    timeoutMs: REQUEST_TIMEOUT_MS,
    virtualUsers: usersFor(arrivals, asking.body.length),
  };
}

interface Evaluated {
  readonly asking: Asking;
  readonly result: LoadResult;
  readonly reduced: Reduced;
  readonly gates: LoadOutcome['gates'];
  readonly received: number | null;
  readonly usages: Pick<LoadOutcome, 'targetCpu' | 'descriptors'>;
}

function outcomeOf(trial: Trial, tools: LoadParts, evaluated: Evaluated): LoadOutcome {
  const { asking, result, reduced, gates, received, usages } = evaluated;
  const { generator, connections, durationNs, generatorCpuNs } = result;
  const { scenario, deployable, path, arrivals, purpose, slo } = trial;
  const place = arrivals.kind === 'closed' ? 'harness' : tools.place;
  return {
    scenario,
    function: deployable.name,
    path,
    arrivals,
    payloadBytes: asking.body.length,
    body: asking.sent,
    purpose,
    generator: { ...generator, place, machines: result.shares?.length ?? 1, cpuNs: generatorCpuNs },
    ...reduced.counts,
    // Whoever counts there knows nothing of a warm-up.
    received: received === null ? null : Math.max(0, received - reduced.warmUp.sent),
    failures: [...result.failures],
    connections,
    ...usages,
    durationNs: Math.max(0, durationNs - reduced.warmUp.durationMs * 1e6),
    warmUp: { ...reduced.warmUp, latency: reduced.warmUp.latency.encode() },
    steady: { ...reduced.steady },
    intended: reduced.intended.encode(),
    service: reduced.service.encode(),
    lag: reduced.lag.encode(),
    throughputPerSecond: reduced.throughputPerSecond,
    slo: slo === undefined ? null : judgeSlo(slo, reduced.seconds),
    ...standingOf(trial, gates),
  };
}

/** @throws GivreError `E_NO_GENERATOR` in runs that were not assembled for load. */
export function loadParts({ load }: Pick<SystemParts, 'load'>): LoadParts {
  if (load !== undefined) return load;
  throw new GivreError({ code: 'E_NO_GENERATOR', message: 'this run was assembled without a load generator' });
}

function loadFor(tools: LoadParts, trial: Trial): Load {
  if (trial.arrivals.kind !== 'closed') return tools.open;
  if (tools.closed !== undefined) return tools.closed;
  throw new GivreError({
    code: 'E_NO_GENERATOR',
    message: 'a closed loop runs on this machine, which reaches the gateway through a tunnel only',
    hint: 'use the container target for throughput ceilings',
  });
}

/** Enough for a long stall; an open loop must not run out of virtual users. */
function usersFor(arrivals: Arrivals, payloadBytes: number): number {
  if (arrivals.kind === 'closed') return arrivals.connections;
  const wanted = Math.min(MOST_USERS, Math.max(FEWEST_USERS, Math.ceil((highestRate(arrivals) * STALL_MS) / 1000)));
  return payloadBytes === 0 ? wanted : Math.max(2, Math.min(wanted, Math.floor(BODIES_BYTES / payloadBytes / 4)));
}

/**
 * A ramp has none: it is short, and says by the second how it goes. At a rate it has to be long enough for k6, whose
 * virtual users take turns, to connect all of them.
 */
function warmUpOf({ arrivals, warmUpMs }: Trial): number {
  return arrivals.kind === 'ramping' ? 0 : warmUpMs;
}

/** CLOCK_REALTIME minus CLOCK_MONOTONIC, in nanoseconds. */
export function clockDifference({ realtimeNs, monotonicNs }: { realtimeNs: string; monotonicNs: string }): number {
  return Number(BigInt(realtimeNs) - BigInt(monotonicNs));
}
