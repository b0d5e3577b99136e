import type { AsyncSample, FailureCount, Manifest } from '../../harness/runs/schema.ts';
import { decodeHistogram } from '../../harness/statistics/histogram.ts';
import type { LatencyFigure } from '../measures.ts';
import { failuresTogether } from './failures.ts';
import { figureOf } from './latencies.ts';
import { type Spread, spreadOf } from './spread.ts';

/** Asynchronous invocations of one function at one rate. */
export interface QueueCell {
  readonly platform: string;
  readonly function: string;
  readonly ratePerSecond: number;
  /** Measurements whose gates passed, and all of them. */
  readonly valid: number;
  readonly n: number;
  /** Over all measurements: losses are losses on a busy machine, too. */
  readonly sent: number;
  readonly accepted: number;
  /** What those that were not accepted said. */
  readonly refused: readonly FailureCount[];
  readonly calledBack: number;
  /** Without those of measurements whose queue was given up while it worked: what it still had is late. */
  readonly lost: number;
  /** Callbacks of requests that were not accepted. */
  readonly unaccepted: number;
  readonly repeated: number;
  /** Over the valid ones; times in ns, from when the request was due. What was refused or lost came never. */
  readonly acceptP50: Spread;
  readonly acceptP99: Spread;
  readonly callbackP50: Spread;
  readonly callbackP99: Spread;
  readonly callbacksPerSecond: Spread;
  /** Failed gates with what was measured. */
  readonly failed: readonly string[];
}

export function summariseQueues(manifest: Manifest, samples: readonly AsyncSample[]): QueueCell[] {
  return manifest.platforms.flatMap(({ label }) =>
    manifest.functions.flatMap(({ name }) => {
      const same = samples.filter((sample) => sample.platform === label && sample.function === name);
      return [...Map.groupBy(same, (sample) => sample.ratePerSecond)]
        .sort(([a], [b]) => a - b)
        .map(([ratePerSecond, all]) => cellOf({ platform: label, function: name, ratePerSecond }, all));
    }),
  );
}

function cellOf(
  head: Pick<QueueCell, 'platform' | 'function' | 'ratePerSecond'>,
  all: readonly AsyncSample[],
): QueueCell {
  const valid = all.filter((sample) => sample.valid);
  const sum = (key: 'sent' | 'accepted' | 'calledBack' | 'lost' | 'unaccepted' | 'repeated'): number =>
    all.reduce((total, sample) => total + sample[key], 0);
  const spread = (key: 'accept' | 'callback', figure: LatencyFigure): Spread =>
    spreadOf(
      valid.map((sample) => {
        const times = decodeHistogram(sample[key]);
        return { value: figureOf(times, figure) };
      }),
    );
  const failed = all.flatMap((sample) => sample.gates.filter((gate) => gate.status === 'failed'));
  return {
    ...head,
    valid: valid.length,
    n: all.length,
    sent: sum('sent'),
    refused: failuresTogether(all.map((sample) => sample.failures)),
    accepted: sum('accepted'),
    calledBack: sum('calledBack'),
    lost: all.reduce((total, sample) => total + (sample.givenUp ? 0 : sample.lost), 0),
    unaccepted: sum('unaccepted'),
    repeated: sum('repeated'),
    acceptP50: spread('accept', 'p50Ns'),
    acceptP99: spread('accept', 'p99Ns'),
    callbackP50: spread('callback', 'p50Ns'),
    callbackP99: spread('callback', 'p99Ns'),
    callbacksPerSecond: spreadOf(valid.map((sample) => ({ value: sample.callbacksPerSecond }))),
    failed: [...new Set(failed.map((gate) => `${gate.id}: ${gate.measured}`))],
  };
}
