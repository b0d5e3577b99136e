import type { LoadSample, Manifest } from '../../harness/runs/schema.ts';
import { type RatioEstimate, ratioAcrossBlocks } from '../../harness/statistics/ratio.ts';
import { type Comparison, verdictOf } from './comparison.ts';
import type { LoadCell } from './load.ts';

/** One quantile of the latency under the same load: `platform` and `function` divided by the baseline's. */
export interface LoadComparison {
  /** What differs: the platform under the same function, or the function on the same platform. */
  readonly between: 'platforms' | 'functions';
  readonly scenario: string;
  readonly platform: string;
  readonly function: string;
  readonly baseline: { readonly platform: string; readonly function: string };
  readonly path: LoadCell['path'];
  readonly arrivals: LoadCell['arrivals'];
  readonly payloadBytes: number;
  readonly quantile: 'p50' | 'p99';
  readonly estimate: RatioEstimate | null;
  readonly verdict: Comparison['verdict'];
  /** Why there is no result, or null. */
  readonly note: string | null;
}

/** From this share of failed requests on, latencies are those of errors, which may be quick. */
const FAILED_LIMIT = 0.01;

/**
 * Every platform against the manifest's first, and on every platform every function against the first with the same
 * workload; only measurements, not the steps of a search.
 */
export function compareLoads(
  manifest: Manifest,
  cells: readonly LoadCell[],
  samples: readonly LoadSample[],
  isComparable: boolean,
): LoadComparison[] {
  const repetition = repetitionsOf(samples);
  const measured = cells.filter((cell) => cell.purpose === 'measure');
  const compare = (between: LoadComparison['between'], top: LoadCell, bottom: LoadCell | undefined) =>
    bottom === undefined ? [] : bothQuantiles({ between, top, bottom, repetition, isComparable });
  return [
    ...measured.flatMap((cell) => compare('platforms', cell, onFirstPlatform(manifest, measured, cell))),
    ...measured.flatMap((cell) => compare('functions', cell, ofFirstFunction(manifest, measured, cell))),
  ];
}

/** Blocks are numbered through all platforms of a scenario; the i-th of each belong to the same repetition of the plan. */
function repetitionsOf(samples: readonly LoadSample[]): RepetitionOf {
  const keyOf = (it: { platform: string; scenario: string }) => JSON.stringify([it.platform, it.scenario]);
  const numbers = new Map(
    [...Map.groupBy(samples, keyOf)].map(([key, same]) => [
      key,
      [...new Set(same.map((sample) => sample.block))].sort((a, b) => a - b),
    ]),
  );
  return (cell, block) => numbers.get(keyOf(cell))?.indexOf(block) ?? -1;
}

type RepetitionOf = (cell: LoadCell, block: number) => number;

function sameLoad(a: LoadCell, b: LoadCell): boolean {
  return (
    a.scenario === b.scenario &&
    a.path === b.path &&
    a.payloadBytes === b.payloadBytes &&
    JSON.stringify(Object.entries(a.arrivals).sort()) === JSON.stringify(Object.entries(b.arrivals).sort())
  );
}

function onFirstPlatform(manifest: Manifest, cells: readonly LoadCell[], cell: LoadCell): LoadCell | undefined {
  const first = manifest.platforms[0]?.label;
  if (cell.platform === first) return undefined;
  return cells.find((it) => it.platform === first && it.function === cell.function && sameLoad(it, cell));
}

function ofFirstFunction(manifest: Manifest, cells: readonly LoadCell[], cell: LoadCell): LoadCell | undefined {
  const workload = manifest.functions.find((it) => it.name === cell.function)?.workload;
  const first = manifest.functions.find((it) => it.workload === workload)?.name;
  if (workload === undefined || cell.function === first) return undefined;
  return cells.find((it) => it.platform === cell.platform && it.function === first && sameLoad(it, cell));
}

interface Pair {
  readonly between: LoadComparison['between'];
  readonly top: LoadCell;
  readonly bottom: LoadCell;
  readonly repetition: RepetitionOf;
  readonly isComparable: boolean;
}

function bothQuantiles(pair: Pair): LoadComparison[] {
  const { between, top, bottom } = pair;
  const { scenario, platform, path, arrivals, payloadBytes } = top;
  const baseline = { platform: bottom.platform, function: bottom.function };
  const impossible = whyNot(top) ?? whyNot(bottom);
  // The ratio over the blocks that are valid is shown, but is no result: which ones are is not left to chance.
  const note = impossible ?? someInvalid(top) ?? someInvalid(bottom);
  return (['p50', 'p99'] as const).flatMap((quantile) => {
    const estimate = impossible === null ? ratioOf(pair, quantile) : null;
    const verdict = pair.isComparable && note === null ? verdictOf(estimate) : 'no result';
    const load = { scenario, path, arrivals, payloadBytes };
    return [{ between, platform, function: top.function, baseline, ...load, quantile, estimate, verdict, note }];
  });
}

function whyNot(cell: LoadCell): string | null {
  const name = `${cell.function} on ${cell.platform}`;
  if (cell.blocks.length === 0) return `no measurement of ${name} is valid`;
  const share = cell.sent === 0 ? 1 : cell.failed / cell.sent;
  return share >= FAILED_LIMIT ? `${(share * 100).toFixed(1)} % of the requests to ${name} failed` : null;
}

function someInvalid({ function: name, platform, trials, invalid }: LoadCell): string | null {
  if (invalid.length === 0) return null;
  return `${invalid.length} of ${trials.length + invalid.length} measurements of ${name} on ${platform} are invalid`;
}

function ratioOf({ top, bottom, repetition }: Pair, quantile: 'p50' | 'p99'): RatioEstimate | null {
  const byRepetition = (cell: LoadCell) =>
    new Map(
      cell.blocks.flatMap(({ block, latency }) => {
        const value = quantile === 'p50' ? latency.p50Ns : latency.p99Ns;
        return value === null ? [] : [[repetition(cell, block), value] as const];
      }),
    );
  const [numerators, denominators] = [byRepetition(top), byRepetition(bottom)];
  return ratioAcrossBlocks(
    [...numerators].flatMap(([number, value]) => {
      const other = denominators.get(number);
      return other === undefined ? [] : [{ numerator: [value], denominator: [other] }];
    }),
  );
}
