import type { Manifest, MemorySample, SentinelSample } from '../../harness/runs/schema.ts';
import { median } from '../../harness/statistics/quantile.ts';
import { type RatioEstimate, ratioAcrossBlocks } from '../../harness/statistics/ratio.ts';

/** The warm sentinel request of one platform's machine: has the machine itself changed during the run? */
export interface SentinelCell {
  readonly platform: string;
  readonly n: number;
  readonly correct: number;
  readonly medianBeforeNs: number | null;
  readonly medianAfterNs: number | null;
  /** After each block divided by before it. */
  readonly afterToBefore: RatioEstimate | null;
}

/** Memory of one function, warm and idle: medians over blocks. */
export interface MemoryCell {
  readonly platform: string;
  readonly function: string;
  readonly n: number;
  readonly cgroupBytes: number | null;
  readonly functionPssBytes: number | null;
  readonly shimPssBytes: number | null;
  readonly collectorPssBytes: number | null;
}

export function summariseSentinel(manifest: Manifest, samples: readonly SentinelSample[]): SentinelCell[] {
  return manifest.platforms.flatMap(({ label }) => {
    const same = samples.filter((sample) => sample.platform === label);
    if (same.length === 0) return [];
    const at = (of: readonly SentinelSample[], position: SentinelSample['position']) =>
      of.flatMap((sample) => (sample.position === position && sample.latencyNs !== null ? [sample.latencyNs] : []));
    return [
      {
        platform: label,
        n: same.length,
        correct: same.filter((sample) => sample.correct).length,
        medianBeforeNs: median(at(same, 'before')),
        medianAfterNs: median(at(same, 'after')),
        afterToBefore: ratioAcrossBlocks(
          [...Map.groupBy(same, (sample) => sample.block).values()].map((block) => ({
            numerator: at(block, 'after'),
            denominator: at(block, 'before'),
          })),
        ),
      },
    ];
  });
}

export function summariseMemory(manifest: Manifest, samples: readonly MemorySample[]): MemoryCell[] {
  return manifest.platforms.flatMap(({ label }) =>
    manifest.functions.flatMap(({ name }) => {
      const same = samples.filter((sample) => sample.platform === label && sample.function === name);
      if (same.length === 0) return [];
      const of = (pick: (sample: MemorySample) => number | null) =>
        median(same.map(pick).filter((value) => value !== null));
      return [
        {
          platform: label,
          function: name,
          n: same.length,
          cgroupBytes: of((sample) => sample.cgroupBytes),
          functionPssBytes: of((sample) => sample.functionPssBytes),
          shimPssBytes: of((sample) => sample.shimPssBytes),
          collectorPssBytes: of((sample) => sample.collectorPssBytes),
        },
      ];
    }),
  );
}
