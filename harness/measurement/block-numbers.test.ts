import { describe, expect, test } from 'vitest';
import { blockNumbers } from './block-numbers.ts';

describe('blocks of several lanes and scenarios', () => {
  test('have numbers of their own, and share a repetition only on one lane and next to each other', () => {
    const lanes = [0, 1, 2].map((lane) => blockNumbers({ lane, lanes: 3, platforms: 2 }));
    const places = ['coldstart', 'latency'].flatMap((scenario) =>
      lanes.flatMap((numbers, lane) => {
        numbers.nextScenario();
        // The last lane has one repetition fewer, as where samples cannot be shared out evenly.
        const blocks = lane === 2 ? [0, 1] : [0, 1, 2, 3];
        return blocks.map((block) => ({ key: `${scenario} ${lane} ${Math.floor(block / 2)}`, ...numbers.of(block) }));
      }),
    );
    expect(new Set(places.map((it) => it.block)).size).toBe(places.length);
    const together = Map.groupBy(places, (it) => it.repetition);
    for (const pair of together.values()) expect(pair.map((it) => it.key)).toEqual([pair[0]?.key, pair[0]?.key]);
    expect(together.size).toBe(places.length / 2);
  });

  test('keep their repetition where the block before them left no record', () => {
    const numbers = blockNumbers({ lane: 0, lanes: 1, platforms: 2 });
    numbers.nextScenario();
    expect([1, 2, 3].map((block) => numbers.of(block).repetition)).toEqual([0, 1, 1]);
    numbers.nextScenario();
    expect(numbers.of(0)).toEqual({ block: 4, repetition: 2 });
  });
});
