import { quantile } from './quantile.ts';

/** The median; NaN without values, which no threshold lets pass. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5) ?? Number.NaN;
}
