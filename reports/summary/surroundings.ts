import type { Manifest, MemorySample, SentinelSample } from '../../harness/runs/schema.ts';
import { median } from '../../harness/statistics/quantile.ts';
import { type RatioEstimate, ratioAcrossBlocks } from '../../harness/statistics/ratio.ts';
import { figuresOf, type MemoryFigure, memoryMeasures } from '../measures.ts';
import { reduced } from './reduction.ts';

/** The warm sentinel request of one platform's machine: has the machine itself changed during the run? */
export interface SentinelCell {
  readonly platform: string;
  readonly n: number;
  readonly correct: number;
  /** Null also where half of the answers or more were wrong. */
  readonly medianBeforeNs: number | null;
  readonly medianAfterNs: number | null;
  /** After each block divided by before it; null while a median is. */
  readonly afterToBefore: RatioEstimate | null;
}

/** Memory of one function, warm and idle: medians over blocks. */
export interface MemoryCell extends Readonly<Record<MemoryFigure, number | null>> {
  readonly platform: string;
  readonly function: string;
  readonly n: number;
}

export function summariseSentinel(manifest: Manifest, samples: readonly SentinelSample[]): SentinelCell[] {
  return manifest.platforms.flatMap(({ label }) => {
    const same = samples.filter((sample) => sample.platform === label);
    if (same.length === 0) return [];
    // A wrong answer is no quick one.
    const timeOf = ({ correct, latencyNs }: SentinelSample) =>
      correct ? (latencyNs ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
    const at = (of: readonly SentinelSample[], position: SentinelSample['position']) =>
      of.filter((sample) => sample.position === position).map(timeOf);
    const [before, after] = [finiteMedian(at(same, 'before')), finiteMedian(at(same, 'after'))];
    const blocks = [...Map.groupBy(same, (sample) => sample.block).values()].map((block) => ({
      numerator: at(block, 'after'),
      denominator: at(block, 'before'),
    }));
    return [
      {
        platform: label,
        n: same.length,
        correct: same.filter((sample) => sample.correct).length,
        medianBeforeNs: before,
        medianAfterNs: after,
        afterToBefore: before === null || after === null ? null : ratioAcrossBlocks(blocks),
      },
    ];
  });
}

function finiteMedian(times: readonly number[]): number | null {
  const value = median(times);
  return value !== null && Number.isFinite(value) ? value : null;
}

/** Where cold starts were planned, a row for each function, also without any reading. */
export function summariseMemory(manifest: Manifest, samples: readonly MemorySample[]): MemoryCell[] {
  return manifest.platforms.flatMap(({ label }) =>
    manifest.functions.flatMap(({ name }) => {
      const same = samples.filter((sample) => sample.platform === label && sample.function === name);
      if (same.length === 0 && manifest.levels.length === 0) return [];
      const figures = figuresOf(memoryMeasures, (measure) =>
        reduced(
          measure,
          same.map((it) => it[measure.key]),
        ),
      );
      return [{ platform: label, function: name, n: same.length, ...figures }];
    }),
  );
}
