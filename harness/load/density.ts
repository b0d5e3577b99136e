import { theilSenSlope } from '../statistics/theil-sen.ts';

/** Memory of a machine with so many functions on it. */
export interface Occupancy {
  readonly deployed: number;
  readonly usedBytes: number;
}

interface DensityForecast {
  /** Functions that will fit. */
  readonly forecast: number;
  readonly perFunctionBytes: number;
  readonly perFunctionLowerBytes: number | null;
  readonly perFunctionUpperBytes: number | null;
}

/** The first ones are dearer: they bring what all share into memory. */
const LEFT_OUT = 2;
const FEWEST = 5;
/** A forecast that comes when a quarter of the machine is full is no forecast any more. */
const LATEST_SHARE = 0.15;

/**
 * How many functions fit, by what each of those that are there cost at the margin (slope by Theil and Sen); null while
 * there are too few, or while one can wait for more and still be early. `noMore`: nothing comes that one could wait for.
 */
export function forecastDensity(
  seen: readonly Occupancy[],
  limitBytes: number,
  { noMore = false }: { readonly noMore?: boolean } = {},
): DensityForecast | null {
  const last = seen.at(-1);
  const points = seen.slice(LEFT_OUT).map(({ deployed, usedBytes }) => ({ x: deployed, y: usedBytes }));
  const fit = theilSenSlope(points);
  if (last === undefined || points.length < FEWEST - LEFT_OUT || fit === null || fit.slope <= 0) return null;
  // From the fitted line, not from the last reading, which has noise of its own.
  const forecast = Math.floor((limitBytes - fit.intercept) / fit.slope);
  if (!noMore && last.deployed < LATEST_SHARE * forecast) return null;
  return {
    forecast,
    perFunctionBytes: fit.slope,
    perFunctionLowerBytes: fit.lower,
    perFunctionUpperBytes: fit.upper,
  };
}
