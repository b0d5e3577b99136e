import type { Random } from '../core/random.ts';
import { normal } from './noise.ts';
import { steadiness, unsettled } from './steadiness.ts';

/** A series of level 1, such as the medians of each second of a measurement. */
export interface Noise {
  /** Values of a series. */
  readonly n: number;
  /** From one value to the next: a first-order autoregressive series. */
  readonly correlation: number;
  /** Standard deviation of the values, as a share of their level. */
  readonly share: number;
}

export function autoregressive(random: Random, { n, correlation, share }: Noise): number[] {
  const values: number[] = [];
  let deviation = share * normal(random);
  for (let i = 0; i < n; i++) {
    values.push(Math.max(0.01, 1 + deviation));
    deviation = correlation * deviation + Math.sqrt(1 - correlation ** 2) * share * normal(random);
  }
  return values;
}

/** Share of series without a drift that are refused, for whatever reason. */
export function falseAlarms(random: Random, noise: Noise, repetitions: number): number {
  return seenShare(random, noise, 0, repetitions);
}

/** Share of series that are refused of those that grow evenly, by this share of their beginning. */
export function seenShare(random: Random, noise: Noise, growth: number, repetitions: number): number {
  let refused = 0;
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const flat = autoregressive(random, noise);
    const series = flat.map((value, i) => value * (1 + (growth * i) / (noise.n - 1)));
    if (!steadiness(series).steady || unsettled(series) !== null) refused += 1;
  }
  return refused / repetitions;
}
