import type { Random } from '../core/random.ts';
import type { KernelCounters } from '../load/counters.ts';
import type { Spell } from './standing-still.ts';

/**
 * What a noisy neighbour takes: `<ms of one's own>+<ms taken>`, again and again. Recorded on a virtual machine of two
 * processors on which compilers ran, by a process that did nothing but read the monotonic clock, bound to one processor
 * and of the same priority as the others: where the clock went on by more than 0.5 ms at once, somebody else had the
 * processor. The thread that a hypervisor runs a virtual processor on fares no better, and what it waits is what the
 * kernel inside is told to have been stolen.
 */
const RECORDED: readonly Spell[] = `
0.7+15.2 3.1+4.3 5.9+1.9 4.0+4.0 3.0+1.4 3.5+4.0 8.0+1.4 1.2+1.4 3.2+2.9 5.9+3.5 4.6+14.1 1.8+140.8 0.2+1.1 13.6+4.4
33.3+1.5 25.2+4.0 4.0+1.5 2.5+3.2 4.3+2.6 0.8+1.3 3.7+1.6 4.2+1.6 2.7+1.6 1.6+0.6 0.6+1.5 4.0+1.8 5.7+2.9 1.5+2.2
1.9+4.0 4.0+1.1 0.4+2.5 2.5+6.4 3.1+0.9 0.8+5.4 5.0+4.0 4.0+8.7 3.3+3.0 0.1+1.3 2.4+1.5 3.7+4.0 2.4+3.1 2.6+4.0
3.4+2.7 5.8+4.1 0.2+1.1 2.7+2.1 1.9+4.0 4.0+4.0 1.0+3.1 3.0+9.0 7.9+4.0 4.0+12.0 4.0+23.1 0.9+1.9 0.0+1.1 0.1+3.1`
  .trim()
  .split(/\s+/)
  .map((pair) => {
    const [own = Number.NaN, taken = Number.NaN] = pair.split('+').map(Number);
    return [own, taken];
  });

/** As recorded the neighbour takes more than half; with gaps this many times as long, half a hundredth. */
const LONGEST_STRETCH = 300;
const LARGEST_SCALE = 3;
const NS_PER_TICK = 10e6;

/** The recording over and over, from anywhere in it on, its gaps stretched and its spells made shorter or longer. */
export function replayedSpells(random: Random): Iterable<Spell> {
  const from = Math.floor(random() * RECORDED.length);
  const stretch = LONGEST_STRETCH ** random();
  const scale = LARGEST_SCALE ** (2 * random() - 1);
  const once = [...RECORDED.slice(from), ...RECORDED.slice(0, from)];
  return (function* () {
    for (;;) for (const [own, taken] of once) yield [own * stretch, taken * scale] as const;
  })();
}

/**
 * The counters of a machine whose processors were all taken away for so long. It is added to the total, too: in the real
 * counters somebody else may have had that time, and what he did with it is in there.
 */
export function withSteal(counters: KernelCounters, takenNs: number): KernelCounters {
  const taken = Math.floor(takenNs / NS_PER_TICK);
  const cores = counters.cores.map(({ busy, total, steal }) => {
    return { busy: busy + taken, total: total + taken, steal: steal + taken };
  });
  return { ...counters, cores };
}
