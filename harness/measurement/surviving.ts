import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployable } from '../api/deployable.ts';
import type { Trial } from '../api/load/trial.ts';
import type { System } from '../api/system.ts';
import type { Upkeep } from '../core/upkeep.ts';
import { inertWords } from '../load/failures.ts';
import type { LoadSecond } from '../load/load.ts';
import { rateAt } from '../load/schedule.ts';
import type { PlatformDeathSample, RecordHead } from '../runs/schema.ts';

/** An overload passes: whoever answers again within this time, and whose services all still run, is not dead. */
const COMES_BACK_MS = 15_000;
const LOOK_EVERY_MS = 500;
/** Of each service. */
const LINES = 3;
const TELLING = /error|fatal|panic|unable|cannot|too many|refused|killed|exit/i;

/** What one death has shown; the run adds where in it that was. */
export type PlatformDeath = Omit<PlatformDeathSample, Exclude<RecordHead, 'platform'>>;

interface Surviving {
  readonly upkeep: Upkeep;
  readonly signal: AbortSignal;
  readonly onDeath: (death: PlatformDeath) => void;
  readonly comesBackMs?: number;
}

type Measured = Pick<
  System,
  'platform' | 'deploy' | 'deployIdle' | 'remove' | 'coldStart' | 'warm' | 'load' | 'burst' | 'invokeAsync'
>;

/** What was asked when it died. */
interface Asked {
  readonly function: string;
  readonly during: string;
  readonly perSecond: number | null;
}

type Found = Pick<PlatformDeath, 'seen' | 'ended' | 'words' | 'waitedMs' | 'recoveredAfterMs'>;

/**
 * A system that outlives its platform: after everything that is asked of it the platform is looked at. One that is dead is
 * given time to come back by itself, is told of, and otherwise started again, with all that was deployed deployed again.
 */
export function surviving<S extends Measured>(
  system: S,
  { upkeep, signal, onDeath, comesBackMs = COMES_BACK_MS }: Surviving,
): S {
  const deployed = new Map<string, Redeploy>();
  /** Set once it could not be revived: from then on nothing is tried any more. */
  let hopeless: unknown;

  const revive = async (): Promise<number> => {
    const begun = performance.now();
    await upkeep.restart();
    for (const again of deployed.values()) await again();
    return Math.round(performance.now() - begun);
  };
  /** Undefined when it lives. */
  const survive = async (asked: Asked, thorough: boolean): Promise<string | undefined> => {
    if (hopeless !== undefined) return undefined;
    const found = await examine(upkeep, signal, { thorough, comesBackMs });
    if (found === undefined) return undefined;
    const death = { ...asked, platform: system.platform.label, ...found };
    if (found.recoveredAfterMs !== null) {
      onDeath({ ...death, restartedInMs: null });
    } else {
      const restartedInMs = await revive().catch((error: unknown) => {
        hopeless = error;
        onDeath({ ...death, restartedInMs: null });
        throw error;
      });
      onDeath({ ...death, restartedInMs });
    }
    const ended = found.ended.length === 0 ? '' : `: ${found.ended.join(' and ')} ended`;
    return `the platform died${ended} (${[found.seen, ...found.words.map((it) => it.line)].slice(0, 2).join('; ')})`;
  };
  /** Management calls say by an error that something is wrong: where it is the platform's death, they are tried again. */
  const managing = async <T>(asked: Asked, work: () => Promise<T>, again = () => true): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if ((await survive(asked, true)) === undefined || !again()) throw error;
      return await work();
    }
  };
  const named = ({ name }: Deployable, during: string, perSecond: number | null = null): Asked => ({
    ...{ function: name, during, perSecond },
  });

  return {
    ...system,
    async deploy(deployable) {
      await managing(named(deployable, 'deploying'), () => system.deploy(deployable));
      deployed.set(deployable.name, () => system.deploy(deployable));
    },
    async deployIdle(deployable) {
      await managing(named(deployable, 'deploying'), () => system.deployIdle(deployable));
      deployed.set(deployable.name, () => system.deployIdle(deployable));
    },
    async remove(deployable) {
      deployed.delete(deployable.name);
      await managing(named(deployable, 'removing'), () => system.remove(deployable));
    },
    async coldStart(deployable, level) {
      const asked = named(deployable, `cold start ${level}`);
      const outcome = await managing(asked, () => system.coldStart(deployable, level));
      // At L4 it happens on machines of their own.
      if (outcome.verdict === 'failed' && level !== 'L4') await survive(asked, true);
      return outcome;
    },
    async warm(deployable) {
      const answer = await system.warm(deployable);
      if (answer.latencyNs === null) await survive(named(deployable, 'warm request'), true);
      return answer;
    },
    async load(trial, onSecond) {
      let last: LoadSecond | undefined;
      let begun = false;
      const during = `load by ${trial.path}`;
      const work = () =>
        system.load(trial, (second) => {
          begun = true;
          if (second.ok > 0) last = second;
          onSecond(second);
        });
      // Seconds that are on the disk already cannot be measured again.
      const measured = await managing(named(trial.deployable, during), work, () => !begun);
      const asked = named(trial.deployable, during, plannedRate(trial, last));
      const died = await survive(asked, measured.outcome.failed > 0);
      return died === undefined ? measured : { ...measured, died };
    },
    async burst(deployable, clients) {
      const asked = named(deployable, `burst of ${clients}`);
      const outcome = await managing(asked, () => system.burst(deployable, clients));
      await survive(asked, outcome.correct < outcome.concurrency);
      return outcome;
    },
    async invokeAsync(deployable, wishes) {
      const asked = named(deployable, 'asynchronous load', wishes.ratePerSecond);
      const outcome = await managing(asked, () => system.invokeAsync(deployable, wishes));
      await survive(asked, outcome.calledBack < outcome.sent);
      return outcome;
    },
  };
}

type Redeploy = () => Promise<void>;

/** When the last right answer came; null in a closed loop. */
function plannedRate({ arrivals }: Trial, last: LoadSecond | undefined): number | null {
  if (arrivals.kind === 'closed') return null;
  return Math.round(rateAt(arrivals, ((last?.second ?? -1) + 1) * 1000));
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
