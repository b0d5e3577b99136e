import { setTimeout as sleep } from 'node:timers/promises';
import { openHere } from '../core/here.ts';
import type { GeneratorPlace } from '../load/load.ts';

/** Milliseconds until a generator is stopped, and for how long it then is. */
export type Spell = readonly [untilMs: number, lastsMs: number];

/**
 * The generator and its children stand still for these spells, as on a hypervisor that gives their processor to others.
 *
 * @param onSpell how long one really was, once it is over
 */
export function standingStill(
  spells: Iterable<Spell>,
  signal: AbortSignal,
  onSpell: (lastedNs: number) => void = () => {},
): GeneratorPlace {
  return {
    open(argv) {
      const over = new AbortController();
      const ends = AbortSignal.any([signal, over.signal]);
      const channel = openHere(argv, { ownGroup: true, onStart: (pid) => void stopAgainAndAgain(pid) });
      void channel.exited.then(() => over.abort());
      return channel;

      async function stopAgainAndAgain(pid: number): Promise<void> {
        for (const [untilMs, lastsMs] of spells) {
          await sleep(untilMs, undefined, { signal: ends }).catch(() => {});
          if (ends.aborted || !kill(pid, 'SIGSTOP')) return;
          const begun = performance.now();
          await sleep(lastsMs);
          kill(pid, 'SIGCONT');
          onSpell((performance.now() - begun) * 1e6);
        }
      }
    },
  };
}

/** False when it has ended meanwhile. */
function kill(group: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(-group, name);
  } catch {
    return false;
  }
}
