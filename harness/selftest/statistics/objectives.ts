import type { Random } from '../../core/random.ts';
import { normal } from '../../statistics/noise.ts';
import { shareOverTime, type Tally } from '../../statistics/share-over-time.ts';
import { type StatisticsCase, shareOf } from './cases.ts';

interface Process {
  readonly name: string;
  readonly words: string;
  /** From one second to the next, of the logarithm of the share of requests that are late; 0 for independent ones. */
  readonly correlation: number;
  readonly sigma: number;
}

const PROCESSES: readonly Process[] = [
  { name: 'independent', words: 'independent requests', correlation: 0, sigma: 0 },
  { name: 'wide', words: 'shares of late ones by the second, lognormal (σ 1, φ 0.5)', correlation: 0.5, sigma: 1 },
  {
    name: 'following',
    words: 'shares of late ones by the second, lognormal (σ 0.5, φ 0.8)',
    correlation: 0.8,
    sigma: 0.5,
  },
];

const LENGTHS = [
  { seconds: 15, perSecond: 20 },
  { seconds: 15, perSecond: 100 },
  { seconds: 60, perSecond: 100 },
] as const;

/** An objective of p99: one hundredth may be late. */
const ALLOWED = 0.01;

interface Decision {
  readonly process: Process;
  readonly seconds: number;
  readonly perSecond: number;
  readonly truth: number;
  readonly is: 'kept' | 'broken';
}

/** A truth beside what an objective allows must hardly ever be decided wrongly. */
export const objectiveCases: readonly StatisticsCase[] = PROCESSES.flatMap((process) =>
  LENGTHS.flatMap((length) => [
    decided({ process, ...length, truth: 0.011, is: 'kept' }),
    decided({ process, ...length, truth: 0.009, is: 'broken' }),
  ]),
);

function decided({ process, seconds, perSecond, truth, is }: Decision): StatisticsCase {
  const n = seconds * perSecond;
  const share = `${(100 * truth).toFixed(1)} % of requests late`;
  return {
    name: `objective-${process.name}-${n}-${is}`,
    claim: `p99 with ${share} in truth is called ${is}: ${n} in ${seconds} s, ${process.words}`,
    limits: { max: 0.05 },
    repetitions: 2_000,
    run: (random, repetitions) =>
      shareOf(repetitions, () => {
        const found = shareOverTime(tallies(random, process, seconds, perSecond, truth));
        if (found === null) return false;
        return is === 'kept' ? found.upper < ALLOWED : found.lower >= ALLOWED;
      }),
  };
}

function tallies(random: Random, { correlation, sigma }: Process, seconds: number, n: number, share: number): Tally[] {
  let state = normal(random);
  return Array.from({ length: seconds }, () => {
    const p = Math.min(1, share * Math.exp(sigma * state - sigma ** 2 / 2));
    state = correlation * state + Math.sqrt(1 - correlation ** 2) * normal(random);
    let hits = 0;
    for (let i = 0; i < n; i++) hits += random() < p ? 1 : 0;
    return { n, hits };
  });
}
