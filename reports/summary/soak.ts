import type { FootprintSample, Manifest } from '../../harness/runs/schema.ts';
import { growthOf as growthOfReadings } from '../../harness/statistics/growth.ts';
import { type Spread, spreadOf } from './spread.ts';

/** Memory of one function under a load that lasts. */
export interface SoakCell {
  readonly platform: string;
  readonly function: string;
  readonly blocks: readonly SoakBlock[];
  /** Slope of the function's own memory, block by block; with one block its 95 % interval. */
  readonly growthBytesPerHour: Spread;
}

interface SoakBlock {
  readonly block: number;
  /** `[seconds since the first reading, PSS of the function]`. */
  readonly readings: readonly (readonly [number, number])[];
}

/**
 * Tells the readings of a function's life from those during a soak. Old runs do not name the scenario; in these the
 * reading of a life under load is the one that comes right after its first answer.
 */
export function splitFootprints(samples: readonly FootprintSample[]): {
  readonly life: readonly FootprintSample[];
  readonly soak: readonly FootprintSample[];
} {
  const latest = new Map<string, FootprintSample['moment']>();
  const isSoak = samples.map(({ platform, scenario, function: name, moment }) => {
    const key = JSON.stringify([platform, name]);
    const before = latest.get(key);
    latest.set(key, moment);
    if (scenario !== null) return scenario === 'soak';
    return moment === 'loaded' && before !== 'first';
  });
  return { life: samples.filter((_, i) => !isSoak[i]), soak: samples.filter((_, i) => isSoak[i]) };
}

export function summariseSoaks(manifest: Manifest, soak: readonly FootprintSample[]): SoakCell[] {
  return manifest.platforms.flatMap(({ label }) =>
    manifest.functions.flatMap(({ name }) => {
      const same = soak.filter((sample) => sample.platform === label && sample.function === name);
      const blocks = [...Map.groupBy(same, (sample) => sample.block)].sort(([a], [b]) => a - b);
      if (blocks.length === 0) return [];
      const read = blocks.map(([block, samples]) => ({ block, readings: readingsOf(samples) }));
      const growthBytesPerHour = spreadOf(
        read.map((it) => growthOf(it.readings)),
        'signed',
      );
      return [{ platform: label, function: name, blocks: read, growthBytesPerHour }];
    }),
  );
}

function readingsOf(samples: readonly FootprintSample[]): [number, number][] {
  const start = Date.parse(samples[0]?.at ?? '');
  return samples.flatMap(({ at, functionPssBytes }) =>
    functionPssBytes === null ? [] : [[(Date.parse(at) - start) / 1000, functionPssBytes] as [number, number]],
  );
}

const HOUR_S = 3600;

function growthOf(readings: SoakBlock['readings']) {
  const slope = growthOfReadings(readings.map(([x, y]) => ({ x, y })));
  // Without an interval it could be anything.
  if (slope === null || slope.lower === null || slope.upper === null) return { value: null };
  return {
    value: slope.slope * HOUR_S,
    interval: { lower: slope.lower * HOUR_S, upper: slope.upper * HOUR_S },
  };
}
