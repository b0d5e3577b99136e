import { randomUUID } from 'node:crypto';
import type { Deployable } from '../../api/deployable.ts';
import type { AsyncOutcome } from '../../api/system.ts';
import { joinCallbacks } from '../../load/callbacks.ts';
import { judgeLoad, queueGates } from '../../load/gates.ts';
import type { LoadPlan } from '../../load/load.ts';
import { isJudged } from '../../load/standing.ts';
import { reducedOf } from '../../load/steady.ts';
import { watched } from '../../load/watched.ts';
import { type Gate, judgeGates } from '../../runs/schema.ts';
import type { SystemParts } from '../parts.ts';
import { type Asking, askingOf } from './body.ts';
import { callbacksAt, proveCallback, requestsCalledBack } from './callback-proof.ts';
import { drained } from './drained.ts';
import { clockDifference, loadParts, REQUEST_TIMEOUT_MS } from './measure.ts';

/** The queue is given up when nothing came for so long, or for so many times as the proof took. */
const SILENCE_MS = 10_000;
const SLOWER_THAN_PROOF = 3;
/** And when it takes longer than this altogether. */
const PATIENCE_MS = 300_000;
const LOOK_EVERY_MS = 500;

interface AsyncWishes {
  readonly ratePerSecond: number;
  readonly durationMs: number;
  /** At the same rate before; of it nothing is counted. */
  readonly warmUpMs: number;
}

type AtRate = Extract<LoadPlan['arrivals'], { kind: 'constant' }>;

/**
 * Invokes a function asynchronously at a steady rate and waits until its callbacks have come. Nothing is sent, and
 * nothing called lost, before one callback has shown that the queue reaches us.
 */
export async function measureAsync(
  parts: SystemParts,
  deployable: Deployable,
  wishes: AsyncWishes,
): Promise<AsyncOutcome> {
  const tools = loadParts(parts);
  const { installation } = parts;
  const receiver = await tools.receiver();
  const url = `http://${installation.gatewayAddress}/async-function/${deployable.name}`;
  const asking = await askingOf(parts, deployable, 'own', 'constant');
  const { ratePerSecond, durationMs, warmUpMs } = wishes;
  const arrivals = { kind: 'constant', ratePerSecond, durationMs } as const;
  const plan = { ...planOf(deployable, asking, { url, receiver: receiver.url }, arrivals), warmUpMs };
  const { reachable, silenceMs } = await prove(parts, tools, { deployable, asking, receiver: receiver.url });
  if (reachable.status !== 'passed') {
    await receiver.end();
    return notMeasured(plan.id, asking, arrivals, reachable);
  }
  const seen = await sendAndWait(parts, { tools, plan, receiver, silenceMs });
  const { result, waited } = seen;
  const reduced = reducedOf(result, plan);
  const judged = judgeLoad({
    ...{ result, reduced, received: null, contamination: null },
    ...{ machines: seen.machines, clockDriftNs: seen.clockDriftNs },
    ...{ calibrated: tools.calibrated, answer: asking.proof },
  });
  const ofQueue = judgeGates(queueGates, { failedNotKept: result.failedNotKept, ...waited });
  const gates = [reachable, ...judged, ...ofQueue];
  return {
    ...wishes,
    payloadBytes: asking.body.length,
    // Callbacks are counted; what they carry is not looked at.
    body: { ...asking.sent, checked: 'status' },
    sent: reduced.counts.sent,
    accepted: reduced.counts.ok,
    failures: [...result.failures],
    ...joinCallbacks({ id: plan.id, arrivals, warmUpMs }, result, seen.entries, reduced.counts.ok),
    accept: reduced.intended.encode(),
    ...waited,
    gates,
    valid: isJudged(gates) && gates.every((gate) => gate.status !== 'failed'),
  };
}

type Tools = ReturnType<typeof loadParts>;

interface Proving {
  readonly deployable: Deployable;
  readonly asking: Asking;
  readonly receiver: string;
}

/** Does a callback reach us, and how long without one means that none is to come? */
async function prove(
  { installation, signal }: SystemParts,
  tools: Tools,
  { deployable, asking, receiver }: Proving,
): Promise<{ readonly reachable: Gate; readonly silenceMs: number }> {
  const asked = performance.now();
  const reachable = await proveCallback(
    { gatewayUrl: installation.gatewayUrl, exec: tools.exec, signal },
    { name: deployable.name, headers: asking.headers, body: asking.body, receiver },
  );
  // Of a function that takes long callbacks are as far apart.
  return { reachable, silenceMs: Math.max(SILENCE_MS, SLOWER_THAN_PROOF * (performance.now() - asked)) };
}

interface Sending {
  readonly tools: Tools;
  readonly plan: LoadPlan;
  readonly receiver: Awaited<ReturnType<Tools['receiver']>>;
  readonly silenceMs: number;
}

/** Sends the load between two looks at the machines, and waits until its callbacks have come. */
async function sendAndWait({ agent, signal }: SystemParts, { tools, plan, receiver, silenceMs }: Sending) {
  const look = async () => ({ counters: await tools.counters(), clockNs: clockDifference(await agent.clocks()) });
  const before = await look();
  const result = await tools.open.run(plan, signal, () => {});
  const after = await look();
  // Callbacks of refused requests must not end the wait for those of accepted ones.
  const waited = await drained(
    {
      all: () => callbacksAt(tools, receiver.url),
      own: () => requestsCalledBack(tools, receiver.url, plan.id),
    },
    result.sent,
    { silenceMs, longestMs: PATIENCE_MS, lookEveryMs: LOOK_EVERY_MS },
    signal,
  );
  const { entries } = await receiver.end();
  const machines = watched(before.counters, after.counters);
  return { result, waited, entries, machines, clockDriftNs: after.clockNs - before.clockNs };
}

/** What nobody could have seen: no request, so none that was accepted, and none that was lost. */
function notMeasured(id: string, { body, sent }: Asking, arrivals: AtRate, reachable: Gate): AsyncOutcome {
  const { ratePerSecond, durationMs } = arrivals;
  const none = joinCallbacks({ id, arrivals, warmUpMs: 0 }, { startedRealtimeNs: '0', requests: [] }, [], 0);
  return {
    ratePerSecond,
    durationMs,
    payloadBytes: body.length,
    body: { ...sent, checked: 'status' },
    sent: 0,
    accepted: 0,
    failures: [],
    ...none,
    accept: none.callback,
    waitedMs: 0,
    givenUp: false,
    gates: [reachable],
    valid: false,
  };
}

function planOf(
  { name }: Deployable,
  { headers, body }: Asking,
  { url, receiver }: { readonly url: string; readonly receiver: string },
  arrivals: AtRate,
): Omit<LoadPlan, 'warmUpMs'> {
  return {
    id: `${name}-${randomUUID().slice(0, 8)}`,
    request: {
      url,
      via: 'queue',
      method: 'POST',
      // The script puts the request's own name in.
      headers: { ...headers, 'X-Callback-Url': `${receiver}{id}` },
      body,
      expect: { status: 202 },
    },
    arrivals,
    timeoutMs: REQUEST_TIMEOUT_MS,
    virtualUsers: Math.max(5, arrivals.ratePerSecond * 3),
  };
}
