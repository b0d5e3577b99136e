import type { Random } from '../core/random.ts';
import { normalQuantile } from './normal.ts';

/** A standard normal number, by inversion. */
export function normal(random: Random): number {
  // Half a step away from 0, which has no quantile.
  return normalQuantile(random() + 2 ** -33);
}

/** First-order autoregressive series of variance 1, stationary from its first value; `phi` 0 is white noise. */
export function autoregressive(random: Random, length: number, phi: number): number[] {
  const values: number[] = [];
  let value = normal(random);
  for (let i = 0; i < length; i++) {
    values.push(value);
    value = phi * value + Math.sqrt(1 - phi * phi) * normal(random);
  }
  return values;
}

/** Sums of independent steps of mean 0 and standard deviation 1, from 0. */
export function randomWalk(random: Random, length: number): number[] {
  const values: number[] = [];
  let value = 0;
  for (let i = 0; i < length; i++) {
    values.push(value);
    value += normal(random);
  }
  return values;
}
