import type { DensitySample, DensityStepSample, Manifest } from '../../harness/runs/schema.ts';

/** One filling of one machine with copies of one function. */
export interface DensityCell {
  readonly platform: string;
  readonly function: string;
  readonly block: number;
  readonly forecast: number | null;
  readonly forecastLower: number | null;
  readonly forecastUpper: number | null;
  /** Functions that were there when the forecast was made. */
  readonly basedOn: number | null;
  readonly perFunctionBytes: number | null;
  readonly perFunctionLowerBytes: number | null;
  readonly perFunctionUpperBytes: number | null;
  readonly limitBytes: number;
  /** Null while it is not known. */
  readonly truth: number | null;
  /** Why there was no more, in words; null while it is not known. */
  readonly ended: string | null;
  /** How many functions the platform's edition allows, where that was the end; null for all others. */
  readonly editionLimit: number | null;
  /** How far the forecast was off, as a share of the truth; withheld where the edition's limit was the end. */
  readonly error: number | null;
  /** Deployed, and memory in use then. */
  readonly steps: readonly (readonly [number, number])[];
}

export function summariseDensities(
  manifest: Manifest,
  ends: readonly DensitySample[],
  steps: readonly DensityStepSample[],
): DensityCell[] {
  return manifest.platforms.flatMap(({ label }) =>
    manifest.functions.flatMap(({ name }) => {
      const own = steps.filter((step) => step.platform === label && step.function === name);
      return [...Map.groupBy(own, (step) => step.block)].map(([block, filling]) => {
        const said = ends.filter((it) => it.platform === label && it.function === name && it.block === block);
        return cellOf({ platform: label, function: name, block }, said.at(-1), filling);
      });
    }),
  );
}

function cellOf(
  head: Pick<DensityCell, 'platform' | 'function' | 'block'>,
  said: DensitySample | undefined,
  filling: readonly DensityStepSample[],
): DensityCell {
  const truth = said?.truth ?? null;
  return {
    ...head,
    forecast: said?.forecast ?? null,
    forecastLower: said?.forecastLower ?? null,
    forecastUpper: said?.forecastUpper ?? null,
    basedOn: said?.basedOn ?? null,
    perFunctionBytes: said?.perFunctionBytes ?? null,
    perFunctionLowerBytes: said?.perFunctionLowerBytes ?? null,
    perFunctionUpperBytes: said?.perFunctionUpperBytes ?? null,
    limitBytes: said?.limitBytes ?? filling[0]?.limitBytes ?? 0,
    truth,
    ended: said === undefined ? null : endWords(said),
    editionLimit: said?.editionLimit ?? null,
    error: errorOf(said),
    steps: filling.map((step) => [step.deployed, step.usedBytes] as const),
  };
}

function errorOf(said: DensitySample | undefined): number | null {
  if (said === undefined || said.forecast === null || said.editionLimit !== null) return null;
  return said.truth === null || said.truth === 0 ? null : said.forecast / said.truth - 1;
}

function endWords({ editionLimit, truth, why }: DensitySample): string | null {
  if (why === null || editionLimit === null) return why;
  const limit = `the edition’s limit of ${editionLimit} functions, and not a full machine (${why})`;
  return `${limit}: nobody knows how many more than ${truth} would fit, so the forecast is held against nothing`;
}
