import { describe, expect, test } from 'vitest';
import type { StatisticsCase } from '../selftest/statistics/cases.ts';
import { statisticsCases } from '../selftest/statistics/index.ts';
import { statisticsCommand } from './statistics.ts';

async function givre(words: readonly string[], cases?: readonly StatisticsCase[]) {
  const said = { result: '', note: '', exitCode: -1 };
  const output = {
    result: (text: string) => {
      said.result += `${text}\n`;
    },
    note: (text: string) => {
      said.note += `${text}\n`;
    },
    status: () => {},
  };
  const done = (code: number) => {
    said.exitCode = code;
  };
  await statisticsCommand(output, done, cases)
    .exitOverride()
    .parseAsync([...words], { from: 'user' });
  return said;
}

/** Comes true as often as `share` says. */
function coin(share: number, limits: StatisticsCase['limits'], name = 'coin'): StatisticsCase {
  const run: StatisticsCase['run'] = (random, repetitions) =>
    Array.from({ length: repetitions }, random).filter((value) => value < share).length / repetitions;
  return { name, claim: 'a coin', limits, repetitions: 4000, run };
}

describe('npm run bench:statistics', () => {
  test('ends with 0 where all limits are kept and with 1 where one is broken, on either side', async () => {
    const kept = coin(0.5, { min: 0.45, max: 0.55 });
    expect((await givre([], [kept])).exitCode).toBe(0);
    for (const limits of [{ min: 0.55 }, { max: 0.45 }]) {
      const { exitCode, result, note } = await givre([], [kept, coin(0.5, limits, 'bent')]);
      expect(exitCode).toBe(1);
      expect(result).toMatch(/^FAIL bent +\d/m);
      expect(note).toContain('1 of 2 within their limits');
    }
  });

  test('a share that is no number, or a case without limits, never passes', async () => {
    const broken = { ...coin(0.5, { max: 1 }), run: () => Number.NaN };
    expect((await givre([], [broken])).exitCode).toBe(1);
    await expect(givre([], [coin(0.5, {})])).rejects.toThrow('could not fail');
  });

  test('a shortened case has wider limits, but not limits that anything keeps', async () => {
    const nearly = coin(0.5, { max: 0.49 });
    expect((await givre(['--scale', '0.05'], [nearly])).exitCode).toBe(0);
    expect((await givre(['--scale', '0.05'], [coin(0.7, { max: 0.49 })])).exitCode).toBe(1);
  });

  test('gives the same values from the same seed, whatever else is simulated', async () => {
    const both = [coin(0.5, { max: 1 }, 'first'), coin(0.5, { max: 1 }, 'second')];
    const valuesOf = async (words: readonly string[]) => {
      const { result } = await givre([...words, '--json'], both);
      return new Map([...result.matchAll(/"name": "(\w+)",[^}]*?"share": ([\d.]+)/g)].map(([, a, b]) => [a, b]));
    };
    const all = await valuesOf([]);
    expect([...all.keys()]).toEqual(['first', 'second']);
    expect((await valuesOf(['--only', 'sec'])).get('second')).toBe(all.get('second'));
    expect((await valuesOf(['--seed', '2'])).get('second')).not.toBe(all.get('second'));
  });

  test('refuses a name that no case begins with', async () => {
    await expect(givre(['--only', 'quantile,none'])).rejects.toThrow('no case begins with "none"');
  });

  test('has cases of different names that all keep their limits, shortened', async () => {
    expect(new Set(statisticsCases.map((it) => it.name)).size).toBe(statisticsCases.length);
    const { exitCode, result } = await givre(['--scale', '0.07']);
    expect(result.match(/^FAIL.*$/gm) ?? []).toEqual([]);
    expect(exitCode).toBe(0);
  }, 120_000);
});
