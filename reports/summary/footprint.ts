import type { FootprintSample, Manifest } from '../../harness/runs/schema.ts';
import { type FootprintFigure, figuresOf, footprintMeasures } from '../measures.ts';
import { reduced } from './reduction.ts';
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

interface FootprintMoment extends Readonly<Record<FootprintFigure, number | null>> {
  readonly moment: FootprintSample['moment'];
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

function momentOf(moment: FootprintSample['moment'], blocks: readonly FootprintSample[][]): FootprintMoment[] {
  if (!blocks.flat().some((sample) => sample.moment === moment)) return [];
  const read = blocks.map((block) => readAt(block, moment));
  const over = figuresOf(footprintMeasures, (measure) =>
    reduced(
      measure,
      read.map((it) => it[measure.key]),
    ),
  );
  return [{ moment, ...over }];
}

/** In one block, in which it may have been read several times. */
function readAt(block: readonly FootprintSample[], moment: FootprintSample['moment']) {
  const same = block.filter((sample) => sample.moment === moment);
  return figuresOf(footprintMeasures, (measure) =>
    reduced(
      measure,
      same.map((sample) => sample[measure.key]),
    ),
  );
}

function costOf(block: readonly FootprintSample[]): number | null {
  const before = readAt(block, 'before').machineAvailableBytes;
  const idle = readAt(block, 'idle').machineAvailableBytes;
  return before === null || idle === null ? null : before - idle;
}
