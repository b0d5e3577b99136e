import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { joinCallbacks } from '../../load/callbacks.ts';
import { judgeLoad } from '../../load/gates.ts';
import type { LoadPlan } from '../../load/load.ts';
import { watched } from '../../load/machine-gates.ts';
import { withoutWarmup } from '../../load/steady.ts';
import type { Deployable } from '../deployable.ts';
import type { LoadParts, SystemParts } from '../parts.ts';
import type { AsyncOutcome } from '../system.ts';
import { type Asking, askingOf } from './body.ts';
import { clockDifference, connectingSeconds, loadParts, REQUEST_TIMEOUT_MS } from './measure.ts';

/** The queue is given up when nothing came for so long, or when it takes longer than this altogether. */
const SILENCE_MS = 10_000;
const PATIENCE_MS = 300_000;
const LOOK_EVERY_MS = 500;

interface AsyncWishes {
  readonly ratePerSecond: number;
  readonly durationMs: number;
}

/** Invokes a function asynchronously at a steady rate and waits until its callbacks have come. */
export async function measureAsync(
  parts: SystemParts,
  deployable: Deployable,
  wishes: AsyncWishes,
): Promise<AsyncOutcome> {
  const tools = loadParts(parts);
  const { agent, installation, signal } = parts;
  const receiver = await tools.receiver();
  const url = `http://${installation.gatewayAddress}/async-function/${deployable.name}`;
  const asking = await askingOf(parts, deployable, 'own', 'constant');
  const plan = planOf(deployable, asking, { url, receiver: receiver.url }, wishes);
  const look = async () => ({ counters: await tools.counters(), clockNs: clockDifference(await agent.clocks()) });
  const before = await look();
  const result = await tools.open.run(plan, signal, () => {});
  const after = await look();
  const waitedMs = await drained(tools, receiver.url, result.ok, signal);
  const { entries } = await receiver.end();
  const planDurationNs = wishes.durationMs * 1e6;
  const reduced = withoutWarmup(result, planDurationNs, connectingSeconds(plan));
  const gates = judgeLoad({
    result,
    reduced,
    received: null,
    machines: watched(before.counters, after.counters),
    clockDriftNs: after.clockNs - before.clockNs,
    contamination: null,
    calibrated: tools.calibrated,
    answer: asking.proof,
  });
  return {
    ...wishes,
    payloadBytes: asking.body.length,
    // Callbacks are counted; what they carry is not looked at.
    body: { ...asking.sent, checked: 'status' },
    sent: result.sent,
    accepted: result.ok,
    ...joinCallbacks({ id: plan.id, ...wishes }, result, entries, result.ok),
    accept: reduced.intended.encode(),
    waitedMs,
    gates: [...gates],
    valid: gates.every((gate) => gate.status !== 'failed'),
  };
}

function planOf(
  { name }: Deployable,
  { headers, body }: Asking,
  { url, receiver }: { readonly url: string; readonly receiver: string },
  wishes: AsyncWishes,
): LoadPlan {
  return {
    id: `${name}-${randomUUID().slice(0, 8)}`,
    request: {
      url,
      method: 'POST',
      // The script puts the request's own name in.
      headers: { ...headers, 'X-Callback-Url': `${receiver}{id}` },
      body,
      expect: { status: 202 },
    },
    arrivals: { kind: 'constant', ...wishes },
    timeoutMs: REQUEST_TIMEOUT_MS,
    virtualUsers: Math.max(5, wishes.ratePerSecond * 3),
  };
}

/** Milliseconds until as many callbacks have come as are due, or no more seem to come. */
async function drained(tools: LoadParts, receiver: string, due: number, signal: AbortSignal): Promise<number> {
  const begun = performance.now();
  let seen = -1;
  let lastChange = begun;
  for (;;) {
    const now = performance.now();
    const there = await callbacksAt(tools, receiver);
    if (there !== seen) lastChange = now;
    seen = there;
    if (seen >= due || now - lastChange > SILENCE_MS || now - begun > PATIENCE_MS) return Math.round(now - begun);
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

/** The first line of the receiver's log says how many there are. */
const COUNT_SCRIPT = `exec 3<>"/dev/tcp/$1/$2" && printf 'GET /truth HTTP/1.0\\r\\n\\r\\n' >&3 && grep -m 1 -o '"requests":[0-9]*' <&3`;

async function callbacksAt({ exec }: LoadParts, receiver: string): Promise<number> {
  const { hostname, port } = new URL(receiver);
  const { stdout } = await exec(['bash', '-c', COUNT_SCRIPT, 'bash', hostname, port], { timeoutMs: 20_000 });
  return Number(stdout.split(':')[1] ?? 0);
}
