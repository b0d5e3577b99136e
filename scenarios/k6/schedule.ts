/**
 * No requests, only k6's schedule at a constant rate: at which distance from the whole nanoseconds that givre counts with
 * are iterations begun, in the first and in the last second? Run by givre's calibration.
 */
import exec from 'k6/execution';
import { Trend } from 'k6/metrics';

interface Settings {
  readonly rate: number;
  readonly durationMs: number;
  readonly virtualUsers: number;
}

const { rate, durationMs, virtualUsers } = JSON.parse(__ENV.GIVRE_LOAD ?? '{}') as Settings;
const periodNs = Math.floor(1e9 / rate);
const durationNs = durationMs * 1e6;

export const options = {
  scenarios: {
    schedule: {
      executor: 'constant-arrival-rate',
      rate,
      timeUnit: '1s',
      duration: `${durationMs}ms`,
      preAllocatedVUs: virtualUsers,
      maxVUs: virtualUsers,
      gracefulStop: '1s',
    },
  },
  summaryTrendStats: ['min', 'count'],
};

/** Nanoseconds after an iteration was due, in the first two seconds and in the last two. */
const seconds = durationMs / 1000;
const lags = new Map([0, 1, seconds - 2, seconds - 1].map((second) => [second, new Trend(`givre_second_${second}`)]));

export default function schedule(): void {
  // The one clock of k6's that is finer than a millisecond, and the one that its schedule goes by.
  const sinceStartNs = exec.scenario.progress * durationNs;
  const lagNs = sinceStartNs - exec.scenario.iterationInTest * periodNs;
  lags.get(Math.floor(sinceStartNs / 1e9))?.add(lagNs);
}

interface Summary {
  readonly metrics: Readonly<Record<string, { readonly values: Readonly<Record<string, number>> } | undefined>>;
}

export function handleSummary({ metrics }: Summary): Record<string, string> {
  const leastNs = [...lags.keys()].map((second) => metrics[`givre_second_${second}`]?.values.min ?? null);
  return { stdout: `${JSON.stringify({ leastNs })}\n` };
}
