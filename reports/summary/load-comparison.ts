import type { Manifest } from '../../harness/runs/schema.ts';
import { type RatioEstimate, ratioAcrossBlocks } from '../../harness/statistics/ratio.ts';
import type { LoadCell } from './load.ts';
import { machineOf, ownMachines, tooFewMachines } from './own-machines.ts';
import { type Conclusion, concluded } from './verdict.ts';

/** One quantile of the latency under the same load: `platform` and `function` divided by the baseline's. */
export interface LoadComparison extends LoadRow, Conclusion {}

interface LoadRow {
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
  readonly note: string | null;
}

/** From this share of failed requests on, which count as never answered, a comparison is one of failures. */
const FAILED_LIMIT = 0.01;

/**
 * Every platform against the manifest's first, and on every platform every function against the first with the same
 * workload; only measurements, not the steps of a search.
 *
 * @param whyNothing why nothing is concluded from this run, or null
 */
export function compareLoads(
  manifest: Manifest,
  cells: readonly LoadCell[],
  whyNothing: string | null,
): LoadComparison[] {
  const measured = cells.filter((cell) => cell.purpose === 'measure');
  const compare = (between: LoadComparison['between'], top: LoadCell, bottom: LoadCell | undefined) =>
    bottom === undefined ? [] : bothQuantiles({ between, top, bottom, whyNothing, machines: machinesOf(between) });
  // Functions are compared on one platform, and so on the same machines.
  const machinesOf = (between: LoadComparison['between']) => (between === 'platforms' ? ownMachines(manifest) : null);
  return concluded([
    ...measured.flatMap((cell) => compare('platforms', cell, onFirstPlatform(manifest, measured, cell))),
    ...measured.flatMap((cell) => compare('functions', cell, ofFirstFunction(manifest, measured, cell))),
  ]);
}

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
  readonly whyNothing: string | null;
  /** That each side had to itself; null: none. */
  readonly machines: number | null;
}

function bothQuantiles({ between, top, bottom, whyNothing, machines }: Pair): LoadRow[] {
  const { scenario, platform, path, arrivals, payloadBytes } = top;
  const baseline = { platform: bottom.platform, function: bottom.function };
  const impossible = whyNot(top) ?? whyNot(bottom);
  // The ratio over the blocks that are valid is shown, but is no result: which ones are is not left to chance.
  const note = impossible ?? someInvalid(top) ?? someInvalid(bottom) ?? whyNothing ?? tooFewMachines(machines);
  return (['p50', 'p99'] as const).map((quantile) => {
    const estimate = impossible === null ? ratioOf({ top, bottom, machines }, quantile) : null;
    const load = { scenario, path, arrivals, payloadBytes };
    const withheld = [top, bottom].every((cell) => has(cell, quantile)) ? null : `too few requests for a ${quantile}`;
    return {
      ...{ between, platform, function: top.function, baseline, ...load, quantile, estimate },
      note: note ?? withheld,
    };
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

/** Nanoseconds; infinite for never, null where there were too few requests. */
function figureOf({ latency }: LoadCell['blocks'][number], quantile: LoadRow['quantile']): number | null {
  const figure = quantile === 'p50' ? 'p50Ns' : 'p99Ns';
  return latency.never.includes(figure) ? Number.POSITIVE_INFINITY : latency[figure];
}

function has(cell: LoadCell, quantile: LoadRow['quantile']): boolean {
  return cell.blocks.some((block) => figureOf(block, quantile) !== null);
}

function ratioOf(
  { top, bottom, machines }: Pick<Pair, 'top' | 'bottom' | 'machines'>,
  quantile: LoadRow['quantile'],
): RatioEstimate | null {
  const byUnit = (cell: LoadCell): Map<number, number[]> => {
    const known = cell.blocks.flatMap((block) => {
      const value = figureOf(block, quantile);
      const unit = machines === null ? block.repetition : machineOf(block.repetition, machines);
      return value === null ? [] : [{ unit, value }];
    });
    return new Map([...Map.groupBy(known, (it) => it.unit)].map(([unit, all]) => [unit, all.map((it) => it.value)]));
  };
  const denominators = byUnit(bottom);
  return ratioAcrossBlocks(
    [...byUnit(top)].map(([unit, numerator]) => ({ numerator, denominator: denominators.get(unit) ?? [] })),
  );
}
