import { describe, expect, test } from 'vitest';
import { seededRandom } from '../core/random.ts';
import { type KernelCounters, shareOfTime } from '../load/counters.ts';
import { replayedSpells, withSteal } from './recorded-steal.ts';
import { type Spell, standingStill } from './standing-still.ts';

function counters(busy: number, total: number): KernelCounters {
  const core = { busy, total, steal: 0 };
  const others = {
    cpuPressureUs: null,
    segmentsSent: 0,
    segmentsRetransmitted: 0,
    segmentsSentInVain: 0,
    listenOverflows: 0,
  };
  return { atNs: 0, cores: [core, core], ...others };
}

function firstSpells(seed: number): readonly Spell[] {
  const found: Spell[] = [];
  for (const spell of replayedSpells(seededRandom(seed))) {
    if (found.push(spell) === 200) return found;
  }
  return found;
}

describe('recorded steal', () => {
  test('goes on for as long as it is asked for, and is the same for the same seed only', () => {
    const spells = firstSpells(3);
    expect(spells).toHaveLength(200);
    expect(spells.every(([until, lasts]) => until >= 0 && lasts > 0)).toBe(true);
    expect(firstSpells(3)).toEqual(spells);
    expect(firstSpells(4)).not.toEqual(spells);
  });

  test('is in the kernel’s counters of each processor, whole ticks of it', () => {
    const [before, after] = [counters(100, 1_000), counters(300, 1_900)];
    const stolen = withSteal(after, 1_009e6);
    expect(shareOfTime(before, stolen, 'steal')).toBeCloseTo(0.1, 10);
    expect(shareOfTime(before, stolen, 'busy')).toBeCloseTo(0.3, 10);
    expect(withSteal(after, 0)).toEqual(after);
  });
});

describe('a program that stands still', () => {
  test('does nothing, its children included, for as long as it was told, and then goes on', async () => {
    const lastedNs: number[] = [];
    const place = standingStill([[200, 400]], AbortSignal.timeout(20_000), (ns) => lastedNs.push(ns));
    const channel = place.open(['sh', '-c', 'for i in $(seq 40); do sh -c "sleep 0.02; echo"; done']);
    let [last, longestMs] = [performance.now() + 10_000, 0];
    channel.stdout.on('data', () => {
      longestMs = Math.max(longestMs, performance.now() - last);
      last = performance.now();
    });
    expect(await channel.exited).toBe(0);
    expect(lastedNs).toHaveLength(1);
    expect(lastedNs[0]).toBeGreaterThanOrEqual(390e6);
    expect(longestMs).toBeGreaterThan(390);
  });
});
