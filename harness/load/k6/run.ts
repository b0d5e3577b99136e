import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Load, LoadPlan, LoadResult, OnSecond } from '../load.ts';
import { type FinishedRequest, reducer } from '../reduce.ts';
import { dueTimes, highestRate, type OpenArrivals, plannedInWarmUp, plannedRequests, withWarmUp } from '../schedule.ts';
import { withBodyFile } from './body-file.ts';
import { scriptExpectation } from './expectation.ts';
import { type K6Place, type K6Run, type K6Share, runK6 } from './process.ts';
import { sampleReader } from './samples.ts';

/** How often this process sees whether it is late, for the gate `reader-awake`: each look takes processor time, too. */
const LOOK_MS = 20;

/**
 * Open-loop load by k6, as a process of its own wherever the generator lives.
 *
 * @param share only this part of each plan, once it is told to begin; what was planned is then not said
 */
export function k6Load(k6: K6Place, share?: K6Share): Load {
  return {
    run: (plan, signal, onSecond) => runPlan(k6, share, plan, { signal, onSecond }),
  };
}

async function runPlan(
  k6: K6Place,
  share: K6Share | undefined,
  plan: LoadPlan,
  { signal, onSecond }: { readonly signal: AbortSignal; readonly onSecond: OnSecond },
): Promise<LoadResult> {
  const { arrivals, warmUpMs } = plan;
  if (arrivals.kind === 'closed') throw new Error(`k6 is not used for ${arrivals.kind} arrivals`);
  signal.throwIfAborted();
  const dueNs = dueTimes(arrivals);
  // Of a constant rate its duration; where the rate changes, a lag weighs most at its highest.
  const planDurationNs = (plannedRequests(arrivals) * 1e9) / highestRate(arrivals);
  const reduced = reducer({ dueNs, warmUpNs: warmUpMs * 1e6, planDurationNs, onSecond });
  const aligned = alignedStart(arrivals, (request) => reduced.add(request));
  const reader = sampleReader(
    {
      started: aligned.started,
      request: aligned.add,
      dropped: (count, atNs) => reduced.drop(count, atNs),
    },
    { via: plan.request.via ?? 'direct', id: plan.id },
  );
  const cost = await send(k6, plan, arrivals, { share, signal, reader });
  const startedRealtimeNs = aligned.end();
  const counts = reduced.finish();
  const whole = share === undefined;
  return {
    ...counts,
    warmUp: { ...counts.warmUp, planned: whole ? plannedInWarmUp(arrivals, warmUpMs) : 0 },
    generator: { name: 'k6', version: k6.version },
    planned: whole ? plannedRequests(withWarmUp(arrivals, warmUpMs)) : null,
    startedRealtimeNs,
    expectedConnections: plan.virtualUsers,
    ...cost,
  };
}

/** Sends the load, and tells what it cost k6 and how late this process was meanwhile. */
async function send(
  k6: K6Place,
  plan: LoadPlan,
  arrivals: OpenArrivals,
  { share, signal, reader }: Pick<K6Run, 'share' | 'signal'> & { readonly reader: ReturnType<typeof sampleReader> },
): Promise<Pick<LoadResult, 'generatorCpuNs' | 'eventLoopDelayNs'>> {
  const delay = monitorEventLoopDelay({ resolution: LOOK_MS });
  delay.enable();
  const { cpuNs } = await withBodyFile(k6, plan.request.body, signal, (bodyFile) =>
    runK6(k6, {
      ...k6RunOf(plan, arrivals, bodyFile),
      share,
      signal,
      onOutput: (chunk) => reader.push(chunk),
    }),
  ).finally(() => reader.end());
  delay.disable();
  const eventLoopDelayNs = Number.isFinite(delay.percentile(99)) ? delay.percentile(99) : 0;
  return { generatorCpuNs: cpuNs, eventLoopDelayNs };
}

/**
 * The script that sends a plan's requests, and what it has to know.
 *
 * @param bodyFile path, where k6 runs, of the bytes to send; null for no body
 */
export function k6RunOf(
  { id, request, warmUpMs, timeoutMs, virtualUsers }: LoadPlan,
  arrivals: OpenArrivals,
  bodyFile: string | null,
): Pick<K6Run, 'script' | 'settings' | 'loadMs'> {
  const { url, method, headers, expect } = request;
  const { durationMs } = withWarmUp(arrivals, warmUpMs);
  const settings = {
    id,
    url,
    method,
    headers,
    bodyFile,
    ...scriptExpectation(expect),
    rate: arrivals.kind === 'constant' ? arrivals.ratePerSecond : arrivals.fromPerSecond,
    rampTo: arrivals.kind === 'constant' ? null : arrivals.toPerSecond,
    duration: `${durationMs}ms`,
    virtualUsers,
    timeout: `${timeoutMs}ms`,
  };
  return { script: 'request.ts', settings, loadMs: durationMs + timeoutMs };
}

/**
 * k6 tells the scenario's start in whole milliseconds only, and of a ramp before its virtual users are all awake, from
 * when on it counts. No request is sent before its time: the least lag of the first second's requests (or of the first
 * one that comes) says where the start lies, to within that lag; at a constant rate that is within the millisecond.
 */
function alignedStart(arrivals: OpenArrivals, onRequest: (request: FinishedRequest) => void) {
  const HELD_NS = 1e9;
  const dueNs = dueTimes(arrivals);
  const latestNs = arrivals.kind === 'constant' ? 999_999 : Number.POSITIVE_INFINITY;
  let startedMs = 0;
  let held: FinishedRequest[] | undefined = [];
  let offsetNs = 0;
  const release = (): void => {
    if (held === undefined) return;
    const lags = held.map((it) => it.endNs - it.serviceNs - dueNs(it.request));
    const least = lags.length === 0 ? 0 : lags.reduce((one, other) => Math.min(one, other));
    offsetNs = Math.min(latestNs, Math.max(0, least));
    const waiting = held;
    held = undefined;
    for (const request of waiting) pass(request);
  };
  const pass = (request: FinishedRequest): void => onRequest({ ...request, endNs: request.endNs - offsetNs });
  return {
    started(realtimeMs: number): void {
      startedMs = realtimeMs;
    },
    add(request: FinishedRequest): void {
      if (held !== undefined && held.length > 0 && request.endNs > HELD_NS) release();
      if (held === undefined) pass(request);
      else held.push(request);
    },
    end(): string {
      release();
      return String(BigInt(startedMs) * 1_000_000n + BigInt(Math.round(offsetNs)));
    },
  };
}
