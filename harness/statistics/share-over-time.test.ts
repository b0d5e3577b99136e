import { describe, expect, test } from 'vitest';
import { seededRandom } from '../core/random.ts';
import { neededToDecide, type ShareEstimate, shareOverTime, type Tally } from './share-over-time.ts';

/** Each second alike, so that nothing comes in clusters. */
const even = (hits: number, n: number): Tally[] => Array.from({ length: 5 }, () => ({ n: n / 5, hits: hits / 5 }));

function known(found: ShareEstimate | null): ShareEstimate {
  if (found === null) throw new Error('there is an estimate');
  return found;
}

describe('a share of what came one after the other', () => {
  // R: binom.test(k, n)$conf.int
  test.each([
    [5, 10, 0.187086, 0.812914],
    [0, 10, 0, 0.308497],
    [10, 10, 0.691503, 1],
    [10, 100, 0.049005, 0.176223],
    [15, 1500, 0.005607, 0.016438],
  ])('has the interval by Clopper and Pearson where hits come evenly: %i of %i', (hits, n, lower, upper) => {
    const found = known(shareOverTime(even(hits, n)));
    expect(found).toMatchObject({ n, hits, share: hits / n, effective: n });
    expect(found.lower).toBeCloseTo(lower, 5);
    expect(found.upper).toBeCloseTo(upper, 5);
  });

  test('is known less well where the same hits come together', () => {
    const together = [15, 0, 0, 0, 0].map((hits) => ({ n: 300, hits }));
    const found = known(shareOverTime(together));
    // Five batches of 3 on average, their variance 45: 15 times as much as of independent ones, times (2.776 ÷ 1.960)².
    expect(found.effective).toBeCloseTo(1500 / ((45 / 3 / 0.99) * (2.7764 / 1.96) ** 2), 0);
    expect(found.lower).toBeLessThan(0.001);
    expect(found.upper).toBeGreaterThan(0.05);
  });

  test('is not told of nothing, nor of fewer than three stretches of time', () => {
    expect(shareOverTime([])).toBeNull();
    expect(
      shareOverTime([
        { n: 1000, hits: 0 },
        { n: 1000, hits: 0 },
      ]),
    ).toBeNull();
    expect(shareOverTime(Array(5).fill({ n: 0, hits: 0 }))).toBeNull();
  });

  test('says how many would decide it: 368 for a hundredth, 3688 for a thousandth where none is missed', () => {
    const none = known(shareOverTime(even(0, 10)));
    expect(neededToDecide(none, 0.01)).toBe(368);
    expect(neededToDecide(none, 0.001)).toBe(3688);
    expect(neededToDecide(known(shareOverTime(even(15, 1500))), 0.01)).toBeNull();
    const decided = known(shareOverTime(even(150, 1500)));
    expect(neededToDecide(decided, 0.01)).toBe(1500);
  });
});

type Process = (random: () => number, seconds: number, n: number, share: number) => Tally[];

const binomial = (random: () => number, n: number, p: number): Tally => {
  let hits = 0;
  for (let i = 0; i < n; i++) hits += random() < p ? 1 : 0;
  return { n, hits };
};
const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const independent: Process = (random, seconds, n, p) => Array.from({ length: seconds }, () => binomial(random, n, p));

/** The share of each second is lognormal around its mean, and follows that of the second before. */
const following =
  (phi: number, sigma: number): Process =>
  (random, seconds, n, p) => {
    let z = normal(random);
    return Array.from({ length: seconds }, () => {
      const tally = binomial(random, n, Math.min(1, p * Math.exp(sigma * z - sigma ** 2 / 2)));
      z = phi * z + Math.sqrt(1 - phi ** 2) * normal(random);
      return tally;
    });
  };

/** Hits come in runs of this mean length. */
const inRuns =
  (length: number): Process =>
  (random, seconds, n, p) => {
    const start = p / (length * (1 - p));
    let hit = random() < p;
    return Array.from({ length: seconds }, () => {
      let hits = 0;
      for (let i = 0; i < n; i++) {
        hits += hit ? 1 : 0;
        hit = random() < (hit ? 1 - 1 / length : start);
      }
      return { n, hits };
    });
  };

/** Of how many of 400 series the interval lies below, and above, the limit. */
function rates(process: Process, seconds: number, n: number, share: number, limit: number) {
  const random = seededRandom(7);
  const rounds = 400;
  const all = Array.from({ length: rounds }, () => shareOverTime(process(random, seconds, n, share)));
  return {
    below: all.filter((it) => it !== null && it.upper < limit).length / rounds,
    above: all.filter((it) => it !== null && it.lower >= limit).length / rounds,
  };
}

describe('in simulated series', () => {
  // The share of two hits of three in a hundred tries each; two standard errors of 400 tries at 5 % are 2.2 %.
  const most = 0.072;
  const processes: [string, Process][] = [
    ['independent ones', independent],
    ['shares that follow those of the second before (0.5)', following(0.5, 1)],
    ['shares that follow those of the second before (0.8)', following(0.8, 0.5)],
    ['hits in runs of three', inRuns(3)],
  ];
  test.each(processes)(
    'of %s hardly any truth above the limit is called below it, nor the other way',
    (_name, process) => {
      for (const [seconds, n] of [
        [15, 20],
        [15, 100],
        [60, 25],
      ] as const) {
        expect(rates(process, seconds, n, 0.011, 0.01).below).toBeLessThanOrEqual(most);
        expect(rates(process, seconds, n, 0.009, 0.01).above).toBeLessThanOrEqual(most);
      }
    },
  );

  test('what is far from the limit is decided', () => {
    expect(rates(independent, 15, 100, 0.0005, 0.01).below).toBeGreaterThan(0.9);
    expect(rates(independent, 15, 100, 0.04, 0.01).above).toBeGreaterThan(0.9);
  });
});
