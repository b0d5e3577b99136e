import type { Deployable } from '../deployable.ts';
import type { Trial } from './trial.ts';
import type { LoadWishes } from './wishes.ts';

/** For scenarios that put one load on each function: at the first rate that was asked for, with the first body and path. */
export function firstLoad(
  scenario: string,
  deployable: Deployable,
  { durationMs, rates, payloads, paths, slo }: LoadWishes,
): Omit<Trial, 'warmUpMs'> {
  return {
    scenario,
    deployable,
    path: paths[0] ?? 'gateway',
    arrivals: { kind: 'constant', ratePerSecond: rates[0] ?? 50, durationMs },
    payload: payloads[0] ?? 'own',
    purpose: 'measure',
    slo,
  };
}
