import { describe, expect, test } from 'vitest';
import { seededRandom } from '../core/random.ts';
import { normalQuantile } from './normal.ts';
import { type ScalingPoint, universalScalability } from './usl.ts';

/** SPEC SDM91 on a SPARCcenter 2000: data set `specsdm91` of the R package usl. */
const specSdm91 = points([1, 18, 36, 72, 108, 144, 216], [64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775, 1702.2]);

/** A ray tracer on 1 to 64 processors (Gunther 2007, ch. 5): data set `raytracer` of the R package usl. */
const rayTracer = points(
  [1, 4, 8, 12, 16, 20, 24, 28, 32, 48, 64],
  [20, 78, 130, 170, 190, 200, 210, 230, 260, 280, 310],
);

describe('the universal scalability law', () => {
  test('fits SPEC SDM91 as the R package usl does', () => {
    // Summary in the README of usl 3.0: coefficients, and peak 1884 at load 96.52.
    const law = universalScalability(specSdm91, seededRandom(1));
    expect(law?.sigma).toBeCloseTo(0.0277285, 7);
    expect(law?.kappa).toBeCloseTo(0.0001044, 7);
    expect(law?.lambda).toBeCloseTo(89.995233, 5);
    expect(law?.peak?.concurrency).toBeCloseTo(96.52, 2);
    expect(law?.peak?.throughput).toBeCloseTo(1884, 0);
    // Residual standard error 82.8 on 4 degrees of freedom.
    const squares = specSdm91.reduce((sum, { concurrency, throughput }) => {
      return sum + (throughput - (law?.predict(concurrency) ?? 0)) ** 2;
    }, 0);
    expect(Math.sqrt(squares / 4)).toBeCloseTo(82.8, 1);
  });

  test('fits the first six points of the ray tracer as the R package usl does', () => {
    // tests/confint.Rout.save of usl 3.0.
    const law = universalScalability(rayTracer.slice(0, 6), seededRandom(1));
    expect(law?.sigma).toBeCloseTo(0.02444, 5);
    expect(law?.kappa).toBeCloseTo(0.00163, 5);
    expect(law?.lambda).toBeCloseTo(20.85605, 5);
  });

  test('has no negative coherency where the best fit would: there is no peak then', () => {
    // Least squares by scipy.optimize.curve_fit of scipy 1.17.1 with bounds at 0.
    const law = universalScalability(rayTracer, seededRandom(1));
    expect(law?.lambda).toBeCloseTo(21.84884287, 5);
    expect(law?.sigma).toBeCloseTo(0.05777078, 7);
    expect(law?.kappa).toBe(0);
    expect(law?.peak).toBeNull();
  });

  test('recovers the coefficients of exact data', () => {
    const law = universalScalability(exact(40, 0.05, 0.002), seededRandom(1));
    expect(law?.lambda).toBeCloseTo(40, 8);
    expect(law?.sigma).toBeCloseTo(0.05, 9);
    expect(law?.kappa).toBeCloseTo(0.002, 10);
    expect(law?.rSquared).toBeCloseTo(1, 12);
    expect(law?.peak?.concurrency).toBeCloseTo(Math.sqrt(0.95 / 0.002), 6);
    expect(law?.predict(100)).toBeCloseTo(4000 / (1 + 0.05 * 99 + 0.002 * 9900), 6);
  });

  test('is a straight line where nothing waits, also where there is more than that', () => {
    for (const throughput of [
      [10, 20, 40, 80, 160],
      [10, 21, 43, 88, 180],
    ]) {
      const law = universalScalability(points([1, 2, 4, 8, 16], throughput), seededRandom(1));
      expect(law).toMatchObject({ sigma: 0, kappa: 0, peak: null });
    }
  });

  test('has no peak beyond what was measured, whatever its coefficients say', () => {
    // It peaks at √(0.95 ÷ 0.002) ≈ 21.8.
    const upTo = (greatest: number) =>
      universalScalability(
        exact(40, 0.05, 0.002).filter((point) => point.concurrency <= greatest),
        seededRandom(1),
      );
    expect(upTo(21)?.kappa).toBeCloseTo(0.002, 8);
    expect(upTo(21)?.peak).toBeNull();
    expect(upTo(64)?.peak?.concurrency).toBeCloseTo(21.8, 1);
  });

  test('peaks at one where more workers only hinder', () => {
    const law = universalScalability(points([1, 2, 4, 8], [100, 45, 19, 8]), seededRandom(1));
    expect(law?.peak?.concurrency).toBe(1);
    expect(law?.peak?.throughput).toBe(law?.lambda);
  });

  test('needs three different concurrencies, some throughput, and sane numbers', () => {
    const random = seededRandom(1);
    expect(universalScalability(points([1, 2, 2], [1, 2, 2]), random)).toBeNull();
    expect(universalScalability(points([1, 2, 3], [0, 0, 0]), random)).toBeNull();
    expect(universalScalability(points([1, 2, 3], [1, 1.8, 2.5]), random)?.band(2)).toBeNull();
    for (const bad of [
      points([0.5, 2, 3], [1, 2, 3]),
      points([1, 2, 3], [1, -2, 3]),
      points([1, 2], [1, Number.NaN]),
    ]) {
      expect(() => universalScalability(bad, random)).toThrow(RangeError);
    }
  });
});

describe('the band', () => {
  test('surrounds the fit, grows beyond the data, and is the same for the same seed', () => {
    const law = universalScalability(specSdm91, seededRandom(1));
    const width = (n: number) => {
      const band = law?.band(n);
      expect(band?.lower).toBeLessThan(law?.predict(n) ?? 0);
      expect(band?.upper).toBeGreaterThan(law?.predict(n) ?? 0);
      return ((band?.upper ?? 0) - (band?.lower ?? 0)) / (law?.predict(n) ?? 1);
    };
    expect(width(1000)).toBeGreaterThan(1.5 * width(100));
    expect(universalScalability(specSdm91, seededRandom(1))?.band(50)).toEqual(law?.band(50));
    expect(universalScalability(specSdm91, seededRandom(2))?.band(50)).not.toEqual(law?.band(50));
  });

  test.each([
    ['twelve', [1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 80, 96]],
    ['six', [1, 2, 4, 8, 16, 32]],
  ])('of %s points covers the true throughput in nineteen of twenty simulated experiments', (_, concurrencies) => {
    const random = seededRandom(15);
    const repeats = 150;
    const noise = () => 6 * normalQuantile(Math.max(random(), 1e-12));
    const at = [1, 16, 80];
    const bands = Array.from({ length: repeats }, () => {
      const noisy = concurrencies.map((n) => Math.max(0, lawAt(n, 40, 0.05, 0.002) + noise()));
      const law = universalScalability(points(concurrencies, noisy), random, 200);
      return at.map((n) => law?.band(n));
    });
    for (const [k, n] of at.entries()) {
      const value = lawAt(n, 40, 0.05, 0.002);
      const covered = bands.filter((band) => (band[k]?.lower ?? 1e9) <= value && value <= (band[k]?.upper ?? 0)).length;
      expect(covered / repeats).toBeGreaterThan(0.95 - 3 * Math.sqrt((0.95 * 0.05) / repeats));
    }
  });
});

function points(concurrencies: readonly number[], throughputs: readonly number[]): ScalingPoint[] {
  return concurrencies.map((concurrency, i) => ({ concurrency, throughput: throughputs[i] ?? Number.NaN }));
}

/** Points that obey the law. */
function exact(lambda: number, sigma: number, kappa: number): ScalingPoint[] {
  const at = [1, 2, 4, 8, 16, 32, 64, 96];
  return at.map((n) => ({ concurrency: n, throughput: lawAt(n, lambda, sigma, kappa) }));
}

function lawAt(n: number, lambda: number, sigma: number, kappa: number): number {
  return (lambda * n) / (1 + sigma * (n - 1) + kappa * n * (n - 1));
}
