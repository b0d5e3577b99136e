import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { GivreError, messageOf } from '../core/errors.ts';
import { controlK6, type K6Control } from './k6/control.ts';
import type { K6Place } from './k6/process.ts';
import { k6Load } from './k6/run.ts';
import type { GeneratorShare, Load, LoadPlan, LoadResult, OnSecond } from './load.ts';
import { mergeCounts, type SecondMerger, secondMerger } from './merge.ts';
import { type OpenArrivals, plannedInWarmUp, plannedRequests, withWarmUp } from './schedule.ts';

/** k6 on one of several machines. */
export interface Generator {
  /** For messages: the machine's name. */
  readonly name: string;
  readonly k6: K6Place;
}

/** Virtual users are made within this, thousands of them on a slow machine. */
const READY_MS = 60_000;
/** Below the ports that kernels hand out by themselves; two generators may share a machine. */
const CONTROL_PORTS = [20_000, 32_000] as const;

/** Generators that send one plan together, as one would: each its share of the requests, all from the same moment on. */
export function distributedLoad(generators: readonly Generator[]): Load {
  const [first, ...others] = generators;
  if (first === undefined) throw new TypeError('a load without a generator');
  if (others.length === 0) return k6Load(first.k6);
  return {
    async run(plan, signal, onSecond) {
      const { arrivals } = plan;
      if (arrivals.kind === 'closed') throw new Error(`k6 is not used for ${arrivals.kind} arrivals`);
      signal.throwIfAborted();
      // k6 leaves a generator without a virtual user out.
      const whole = { ...plan, virtualUsers: Math.max(plan.virtualUsers, generators.length) };
      const seconds = secondMerger(generators.length, onSecond);
      const ended = await runTogether(generators, whole, signal, seconds).finally(() => seconds.finish());
      return mergeResults(ended, whole, arrivals, seconds);
    },
  };
}

interface Ended {
  readonly name: string;
  readonly result: LoadResult;
  /** Wall clock of the generator minus ours, before and after. */
  readonly before: Clock;
  readonly after: Clock;
}

type Clock = Awaited<ReturnType<K6Control['clock']>>;

/** All of them, or the first failure, with the name of the one that failed; by then the others have ended, too. */
async function runTogether(
  generators: readonly Generator[],
  plan: LoadPlan,
  signal: AbortSignal,
  seconds: SecondMerger,
): Promise<readonly Ended[]> {
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  const line = startingLine(generators.length, stop);
  const work = generators.map(async ({ name, k6 }, index): Promise<Ended> => {
    try {
      const share = { index, of: generators.length, controlPort: randomInt(...CONTROL_PORTS) };
      const onSecond = passingOn(seconds.from(index), over);
      return { name, ...(await runShare(k6, share, { plan, stop, line, onSecond })) };
    } catch (error) {
      over.abort(failureOf(name, error));
      throw error;
    } finally {
      passingOn(() => seconds.ended(index), over)();
    }
  });
  const ended = await Promise.allSettled(work);
  over.abort();
  signal.throwIfAborted();
  return ended.map((it) => {
    // The first to fail has stopped the others, whose own failure says nothing.
    if (it.status === 'rejected') throw over.signal.reason;
    return it.value;
  });
}

/** Whoever takes the seconds may fail, a full disk say: that is no fault of the generator which they come from. */
function passingOn<A extends readonly unknown[]>(take: (...args: A) => void, over: AbortController) {
  return (...args: A): void => {
    try {
      take(...args);
    } catch (error) {
      over.abort(error);
      throw error;
    }
  };
}

interface ShareWork {
  readonly plan: LoadPlan;
  readonly stop: AbortSignal;
  readonly line: () => Promise<void>;
  readonly onSecond: OnSecond;
}

async function runShare(
  k6: K6Place,
  share: { index: number; of: number; controlPort: number },
  { plan, stop, line, onSecond }: ShareWork,
): Promise<Omit<Ended, 'name'>> {
  const over = new AbortController();
  const until = AbortSignal.any([stop, over.signal]);
  const control = controlK6(k6.place, share.controlPort, until);
  const running = k6Load(k6, share).run(plan, until, onSecond);
  try {
    // A k6 that cannot even start says why; its control would only wait.
    const before = await Promise.race([control.clock(), neverResolving(running)]);
    await Promise.race([ready(control, until), neverResolving(running)]);
    await Promise.race([line(), neverResolving(running)]);
    await control.go();
    const result = await running;
    return { result, before, after: await control.clock() };
  } finally {
    over.abort();
    await running.catch(() => {});
  }
}

/** For a race that only a failure of it may win. */
async function neverResolving(work: Promise<unknown>): Promise<never> {
  await work;
  throw new GivreError({ code: 'E_LOAD_GENERATOR', message: 'k6 ended before it was told to begin' });
}

async function ready(control: K6Control, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const late = sleep(READY_MS, undefined, { signal: AbortSignal.any([signal, over.signal]) }).then(() => {
    throw new GivreError({ code: 'E_LOAD_GENERATOR', message: `k6 was not ready to begin within ${READY_MS} ms` });
  });
  try {
    await Promise.race([control.paused(), late]);
  } finally {
    over.abort();
    late.catch(() => {});
  }
}

/** Lets everybody through once so many wait. */
function startingLine(expected: number, signal: AbortSignal): () => Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Whoever waits is told; that nobody may be waiting is no failure.
  promise.catch(() => {});
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  let waiting = 0;
  return () => {
    waiting += 1;
    if (waiting === expected) resolve();
    return promise;
  };
}

function failureOf(name: string, error: unknown): GivreError {
  const known = error instanceof GivreError ? error : undefined;
  return new GivreError({
    code: 'E_LOAD_GENERATOR',
    message: `the generator on ${name} failed, so the others were stopped: ${messageOf(error)}`,
    hint: known?.hint,
    cause: error,
  });
}

function mergeResults(
  ended: readonly Ended[],
  plan: LoadPlan,
  arrivals: OpenArrivals,
  seconds: SecondMerger,
): LoadResult {
  const results = ended.map((it) => it.result);
  const shares = sharesOf(ended);
  const spreadNs = Math.max(...shares.map((it) => it.startedNs));
  const [first] = results;
  if (first === undefined) throw new TypeError('nothing to merge');
  const counts = mergeCounts(results, spreadNs / (arrivals.durationMs * 1e6));
  return {
    ...counts,
    warmUp: { ...counts.warmUp, planned: plannedInWarmUp(arrivals, plan.warmUpMs) },
    generator: first.generator,
    planned: plannedRequests(withWarmUp(arrivals, plan.warmUpMs)),
    startedRealtimeNs: first.startedRealtimeNs,
    expectedConnections: plan.virtualUsers,
    seconds: seconds.finish(),
    shares,
  };
}

/** When each began by our clock: its own start by its own clock, and how that differs from ours. */
function sharesOf(ended: readonly Ended[]): readonly GeneratorShare[] {
  const [reference] = ended;
  if (reference === undefined) return [];
  // Nanoseconds since 1970 are more than a number holds; the distance to any one of them is not.
  const origin = BigInt(reference.result.startedRealtimeNs);
  const starts = ended.map(({ result, before }) => Number(BigInt(result.startedRealtimeNs) - origin) - before.offsetNs);
  const earliest = Math.min(...starts);
  return ended.map(({ name, result, before, after }, index) => {
    const moved = Math.abs(after.offsetNs - before.offsetNs);
    return {
      name,
      sent: result.sent,
      cpuNs: result.generatorCpuNs,
      startedNs: (starts[index] ?? earliest) - earliest,
      boundNs: before.boundNs,
      clockDriftNs: Math.max(0, moved - before.boundNs - after.boundNs),
    };
  });
}
