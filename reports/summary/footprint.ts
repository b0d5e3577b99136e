import type { FootprintSample, Manifest } from '../../harness/runs/schema.ts';
import { median } from '../../harness/statistics/quantile.ts';
import { type Spread, spreadOf } from './spread.ts';

/** Memory of one function over its life: medians over blocks. */
export interface FootprintCell {
  readonly platform: string;
  readonly function: string;
  readonly blocks: number;
  /** In the order in which they come; those that were recorded. */
  readonly moments: readonly FootprintMoment[];
  /** What the machine has less of with the function deployed and idle: available before − available idle, per block. */
  readonly oneMoreBytes: Spread;
}

interface FootprintMoment {
  readonly moment: FootprintSample['moment'];
  readonly cgroupBytes: number | null;
  readonly cgroupPeakBytes: number | null;
  readonly functionPssBytes: number | null;
  readonly shimPssBytes: number | null;
  readonly collectorPssBytes: number | null;
  readonly machineAvailableBytes: number | null;
}

const MOMENTS: readonly FootprintSample['moment'][] = ['before', 'idle', 'first', 'loaded', 'peak', 'after'];

export function summariseFootprints(manifest: Manifest, samples: readonly FootprintSample[]): FootprintCell[] {
  return manifest.platforms.flatMap(({ label }) =>
    manifest.functions.flatMap(({ name }) => {
      const same = samples.filter((sample) => sample.platform === label && sample.function === name);
      if (same.length === 0) return [];
      const blocks = [...Map.groupBy(same, (sample) => sample.block).values()];
      return [
        {
          platform: label,
          function: name,
          blocks: blocks.length,
          moments: MOMENTS.flatMap((moment) => momentOf(moment, blocks)),
          // Other processes take and give back memory meanwhile, so that it can be negative.
          oneMoreBytes: spreadOf(
            blocks.map((block) => ({ value: costOf(block) })),
            'signed',
          ),
        },
      ];
    }),
  );
}

type Figure = Exclude<keyof FootprintMoment, 'moment'>;

function momentOf(moment: FootprintSample['moment'], blocks: readonly FootprintSample[][]): FootprintMoment[] {
  if (!blocks.flat().some((sample) => sample.moment === moment)) return [];
  const over = (figure: Figure) =>
    median(blocks.map((block) => figureOf(block, moment, figure)).filter((value) => value !== null));
  return [
    {
      moment,
      cgroupBytes: over('cgroupBytes'),
      cgroupPeakBytes: over('cgroupPeakBytes'),
      functionPssBytes: over('functionPssBytes'),
      shimPssBytes: over('shimPssBytes'),
      collectorPssBytes: over('collectorPssBytes'),
      machineAvailableBytes: over('machineAvailableBytes'),
    },
  ];
}

function figureOf(block: readonly FootprintSample[], moment: FootprintSample['moment'], figure: Figure): number | null {
  const same = block.filter((sample) => sample.moment === moment);
  return median(same.map((sample) => sample[figure]).filter((value) => value !== null));
}

function costOf(block: readonly FootprintSample[]): number | null {
  const before = figureOf(block, 'before', 'machineAvailableBytes');
  const idle = figureOf(block, 'idle', 'machineAvailableBytes');
  return before === null || idle === null ? null : before - idle;
}
