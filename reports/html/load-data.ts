import type { Run } from '../../harness/runs/run.ts';
import type { LoadRequestSample, LoadSample, LoadSecondSample } from '../../harness/runs/schema.ts';
import type { Histogram } from '../../harness/statistics/histogram.ts';
import { formatFailure } from '../format.ts';
import { merged } from '../summary/latencies.ts';
import { latencyKind } from '../summary/load.ts';
import { isShown } from '../summary/spread.ts';
import { recordsOf } from '../summary.ts';

type LoadName = Pick<
  LoadSample,
  'platform' | 'scenario' | 'function' | 'path' | 'arrivals' | 'payloadBytes' | 'purpose' | 'block'
>;

/** Latency by percentile of one block, all its valid measurements together. */
export interface PercentileLine extends LoadName {
  /** `[1 ÷ (1 − p), ns]`, ascending, as far as the block has enough requests for the percentile. */
  readonly points: readonly (readonly [number, number])[];
}

/** One measurement over its time. */
export interface LoadSeries extends LoadName {
  readonly trial: number;
  readonly valid: boolean;
  readonly warmUpSeconds: number;
  readonly steady: boolean;
  /** Long measurements have several seconds in one point, their histograms merged. */
  readonly secondsPerPoint: number;
  readonly points: readonly SeriesPoint[];
  /** The slowest and the first that failed; times after the first request was due. */
  readonly requests: readonly ShownRequest[];
}

interface ShownRequest {
  readonly sentNs: number;
  readonly latencyNs: number;
  readonly status: number;
  /** "404 by gateway: …"; null where nothing went wrong. */
  readonly failure: string | null;
  readonly ok: boolean;
}

const MOST_REQUESTS = 20;

/** `[second, p50 ns, p99 ns, ok/s, failed/s, dropped/s]`; p99 of so few requests is little more than the slowest. */
type SeriesPoint = readonly [number, number | null, number | null, number, number, number];

export interface LoadData {
  readonly percentiles: readonly PercentileLine[];
  readonly series: readonly LoadSeries[];
}

export function loadData(run: Run): LoadData {
  const loads = recordsOf(run, 'load');
  const requests = Map.groupBy(recordsOf(run, 'load-request'), (request) => request.trial);
  const seconds = Map.groupBy(recordsOf(run, 'load-second'), (second) => second.trial);
  return {
    percentiles: percentileLines(loads),
    series: loads
      .map((load) => ({
        ...seriesOf(load, seconds.get(load.trial) ?? []),
        requests: requestsOf(requests.get(load.trial) ?? []),
      }))
      .filter((it) => it.points.length > 0),
  };
}

function nameOf(sample: LoadSample): LoadName {
  const { platform, scenario, function: name, path, arrivals, payloadBytes, purpose, block } = sample;
  return { platform, scenario, function: name, path, arrivals, payloadBytes, purpose, block };
}

function percentileLines(loads: readonly LoadSample[]): PercentileLine[] {
  const shown = loads.filter((load) => load.valid && load.purpose === 'measure');
  return [...Map.groupBy(shown, (load) => JSON.stringify(nameOf(load))).values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const name = nameOf(first);
    const points = percentilesOf(merged(same.map((load) => load[latencyKind(load)])));
    return points.length === 0 ? [] : [{ ...name, points }];
  });
}

/** Sixteen points per decade are as fine as a picture can show. */
const POINTS_PER_DECADE = 16;

/** One pass over the buckets: what each percentile's own search would find. */
export function percentilesOf(histogram: Histogram): [number, number][] {
  const n = histogram.count;
  const buckets = histogram.buckets();
  const points: [number, number][] = [];
  let bucket = -1;
  let seen = 0;
  for (let i = 0; n > 0; i++) {
    const inverse = 10 ** (i / POINTS_PER_DECADE);
    const p = 1 - 1 / inverse;
    if (!isShown(p, n)) break;
    const rank = Math.max(1, Math.ceil(p * n * (1 - 2 * Number.EPSILON)));
    while (seen < rank) seen += buckets[++bucket]?.[1] ?? Number.POSITIVE_INFINITY;
    const edgeNs = buckets[bucket]?.[0];
    // What never came has no place in a picture.
    if (edgeNs === undefined || !Number.isFinite(edgeNs)) break;
    points.push([Number(inverse.toPrecision(5)), edgeNs]);
  }
  return points;
}

const MOST_POINTS = 600;

function seriesOf(load: LoadSample, seconds: readonly LoadSecondSample[]): Omit<LoadSeries, 'requests'> {
  const last = seconds.reduce((latest, it) => Math.max(latest, it.second), 0);
  const secondsPerPoint = Math.ceil((last + 1) / MOST_POINTS);
  const bins = Map.groupBy(seconds, (it) => Math.floor(it.second / secondsPerPoint));
  const kind = latencyKind(load);
  const points = [...bins]
    .sort(([a], [b]) => a - b)
    .map(([bin, same]) => pointOf(bin * secondsPerPoint, secondsPerPoint, same, kind));
  const { trial, valid } = load;
  const warmUpSeconds = load.warmUp.durationMs / 1000;
  return {
    ...nameOf(load),
    trial,
    valid,
    warmUpSeconds,
    steady: load.steady.fromSecond !== null,
    secondsPerPoint,
    points,
  };
}

function pointOf(
  second: number,
  width: number,
  same: readonly LoadSecondSample[],
  kind: 'intended' | 'service',
): SeriesPoint {
  const histogram = merged(same.map((it) => it[kind]));
  const rate = (pick: (it: LoadSecondSample) => number) => same.reduce((sum, it) => sum + pick(it), 0) / width;
  return [
    second,
    histogram.quantile(0.5),
    histogram.quantile(0.99),
    rate((it) => it.ok),
    rate((it) => it.failed),
    rate((it) => it.dropped),
  ];
}

function requestsOf(requests: readonly LoadRequestSample[]): ShownRequest[] {
  const latencyOf = ({ intendedNs, serviceNs }: LoadRequestSample) => intendedNs ?? serviceNs;
  const slowest = requests.filter((it) => it.ok).sort((a, b) => latencyOf(b) - latencyOf(a));
  const failed = requests.filter((it) => !it.ok).sort((a, b) => a.sentNs - b.sentNs);
  return [...slowest.slice(0, MOST_REQUESTS), ...failed.slice(0, MOST_REQUESTS)].map((it) => ({
    sentNs: it.sentNs,
    latencyNs: latencyOf(it),
    status: it.status,
    failure: it.origin === null ? null : formatFailure({ ...it, origin: it.origin }),
    ok: it.ok,
  }));
}
