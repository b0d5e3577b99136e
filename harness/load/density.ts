import { growthOf } from '../statistics/growth.ts';

/** Memory of a machine with so many functions on it. */
export interface Occupancy {
  readonly deployed: number;
  readonly usedBytes: number;
}

interface DensityForecast {
  /** Functions that will fit, and between how many by the bounds of what one costs. */
  readonly forecast: number;
  readonly forecastLower: number | null;
  readonly forecastUpper: number | null;
  readonly perFunctionBytes: number;
  readonly perFunctionLowerBytes: number | null;
  readonly perFunctionUpperBytes: number | null;
}

/** The first ones are dearer: they bring what all share into memory. */
const LEFT_OUT = 2;
const FEWEST = 5;
/** A forecast that comes when a quarter of the machine is full is no forecast any more. */
const LATEST_SHARE = 0.15;
/** So that one function which fits exactly is not lost to the last digit. */
const ROUNDING = 1e-6;

/**
 * How many functions fit, by what each of those that are there cost at the margin ({@link growthOf}: what one costs stays,
 * so that readings of memory add up); null while there are too few, or while one can wait for more and still be early. The
 * bounds hold if later functions cost what these do. `noMore`: nothing comes that one could wait for.
 */
export function forecastDensity(
  seen: readonly Occupancy[],
  limitBytes: number,
  { noMore = false }: { readonly noMore?: boolean } = {},
): DensityForecast | null {
  const last = seen.at(-1);
  const points = seen.slice(LEFT_OUT).map(({ deployed, usedBytes }) => ({ x: deployed, y: usedBytes }));
  const fit = growthOf(points);
  if (last === undefined || points.length < FEWEST - LEFT_OUT || fit === null || fit.slope <= 0) return null;
  const fitting = (eachBytes: number) => last.deployed + Math.floor((limitBytes - fit.level) / eachBytes + ROUNDING);
  const forecast = fitting(fit.slope);
  if (!noMore && last.deployed < LATEST_SHARE * forecast) return null;
  return {
    forecast,
    forecastLower: fit.upper === null ? null : fitting(fit.upper),
    forecastUpper: fit.lower === null || fit.lower <= 0 ? null : fitting(fit.lower),
    perFunctionBytes: fit.slope,
    perFunctionLowerBytes: fit.lower,
    perFunctionUpperBytes: fit.upper,
  };
}
