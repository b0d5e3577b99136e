import { setTimeout as sleep } from 'node:timers/promises';
import type { Upkeep } from '../core/upkeep.ts';
import { inertWords } from '../load/failures.ts';
import type { PlatformDeathSample, RecordHead } from '../runs/schema.ts';

/** An overload passes: whoever answers again within this time, and whose services all still run, is not dead. */
const COMES_BACK_MS = 15_000;
const LOOK_EVERY_MS = 500;
/** Of each service. */
const LINES = 3;
const TELLING = /error|fatal|panic|unable|cannot|too many|refused|killed|exit/i;

/** What one death has shown; the run adds where in it that was. */
export type PlatformDeath = Omit<PlatformDeathSample, Exclude<RecordHead, 'platform'>>;

export interface Surviving {
  readonly upkeep: Upkeep;
  readonly signal: AbortSignal;
  readonly onDeath: (death: PlatformDeath) => void;
  readonly comesBackMs?: number;
}

/** What was asked when it died. */
export interface Asked {
  readonly function: string;
  readonly during: string;
  readonly perSecond: number | null;
}

/** Looks whether the platform lives, and brings it back where it does not. */
export interface Survival {
  /** What is to be deployed again on a platform that was started again, by the function's name. */
  readonly deployed: Map<string, () => Promise<void>>;
  /** Undefined when it lives; otherwise what it died of. */
  survive(asked: Asked, thorough: boolean): Promise<string | undefined>;
  /** Management calls say by an error that something is wrong: where it is the platform's death, they are tried again. */
  managing<T>(asked: Asked, work: () => Promise<T>, again?: () => boolean): Promise<T>;
}

type Found = Pick<PlatformDeath, 'seen' | 'ended' | 'words' | 'waitedMs' | 'recoveredAfterMs'>;

export function survivalOf(
  platform: string,
  { upkeep, signal, onDeath, comesBackMs = COMES_BACK_MS }: Surviving,
): Survival {
  const deployed: Survival['deployed'] = new Map();
  /** Set once it could not be revived: from then on nothing is tried any more. */
  let hopeless: unknown;

  const survive = async (asked: Asked, thorough: boolean): Promise<string | undefined> => {
    if (hopeless !== undefined) return undefined;
    const found = await examine(upkeep, signal, { thorough, comesBackMs });
    if (found === undefined) return undefined;
    const death = { ...asked, platform, ...found };
    if (found.recoveredAfterMs !== null) {
      onDeath({ ...death, restartedInMs: null });
    } else {
      const restartedInMs = await revive(upkeep, deployed).catch((error: unknown) => {
        hopeless = error;
        onDeath({ ...death, restartedInMs: null });
        throw error;
      });
      onDeath({ ...death, restartedInMs });
    }
    return causeOf(found);
  };
  return {
    deployed,
    survive,
    async managing(asked, work, again = () => true) {
      try {
        return await work();
      } catch (error) {
        signal.throwIfAborted();
        if ((await survive(asked, true)) === undefined || !again()) throw error;
        return await work();
      }
    },
  };
}

/** How long it took, in milliseconds. */
async function revive(upkeep: Upkeep, deployed: Survival['deployed']): Promise<number> {
  const begun = performance.now();
  await upkeep.restart();
  for (const again of deployed.values()) await again();
  return Math.round(performance.now() - begun);
}

function causeOf({ seen, ended, words }: Found): string {
  const services = ended.length === 0 ? '' : `: ${ended.join(' and ')} ended`;
  return `the platform died${services} (${[seen, ...words.map((it) => it.line)].slice(0, 2).join('; ')})`;
}

/** Undefined where it lives, or has only taken its time. */
async function examine(
  upkeep: Upkeep,
  signal: AbortSignal,
  { thorough, comesBackMs }: { readonly thorough: boolean; readonly comesBackMs: number },
): Promise<Found | undefined> {
  const begun = performance.now();
  const passed = (): number => Math.round(performance.now() - begun);
  const first = await upkeep.complaint();
  if (first === undefined && !thorough) return undefined;
  const ended = new Set<string>();
  let seen = first;
  for (;;) {
    const gone = await upkeep.ended();
    for (const name of gone) ended.add(name);
    const isBack = seen === undefined && gone.length === 0;
    if (isBack && ended.size === 0) return undefined;
    if (isBack || passed() >= comesBackMs) {
      return {
        seen: inertWords(first ?? 'the gateway still answers'),
        ended: [...ended],
        words: await lastWords(upkeep, ended.size === 0 ? upkeep.services : [...ended]),
        waitedMs: passed(),
        recoveredAfterMs: isBack ? passed() : null,
      };
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal });
    seen = await upkeep.complaint();
  }
}

/** Those lines that tell of something wrong, or the last ones. */
async function lastWords(upkeep: Upkeep, services: readonly string[]): Promise<PlatformDeath['words']> {
  const words: PlatformDeath['words'] = [];
  for (const service of services) {
    const lines = (await upkeep.log(service))
      .split('\n')
      .map(inertWords)
      .filter((line) => line !== '');
    const telling = [...new Set(lines.filter((line) => TELLING.test(line)))];
    for (const line of (telling.length === 0 ? lines.slice(-1) : telling).slice(-LINES)) words.push({ service, line });
  }
  return words;
}
