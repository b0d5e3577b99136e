import type { Deployable } from '../api/deployable.ts';
import type { Trial } from '../api/load/trial.ts';
import type { System } from '../api/system.ts';
import type { LoadSecond } from '../load/load.ts';
import { rateAt } from '../load/schedule.ts';
import { type Asked, type Survival, type Surviving, survivalOf } from './survival.ts';

type Deploying = Pick<System, 'deploy' | 'deployIdle' | 'remove'>;
/** What asks nothing of the platform that it could die of. Whatever is new is looked at afterwards, or named here. */
type Harmless =
  | 'platform'
  | 'functions'
  | 'activate'
  | 'clean'
  | 'unsupported'
  | 'floor'
  | 'contamination'
  | 'memory'
  | 'closedLoops'
  | 'footprint'
  | 'watchMemoryLimit'
  | 'machineMemory'
  | 'editionLimitOf';
type Measuring = Omit<System, keyof Deploying | Harmless>;
type Measured = Pick<System, 'platform'> & Deploying & Measuring;

/**
 * A system that outlives its platform: after everything that is asked of it the platform is looked at. One that is dead is
 * given time to come back by itself, is told of, and otherwise started again, with all that was deployed deployed again.
 */
export function surviving<S extends Measured>(system: S, options: Surviving): S {
  const survival = survivalOf(system.platform.label, options);
  return { ...system, ...deployingAgain(system, survival), ...lookedAt(system, survival) };
}

/** Keeps count of what is deployed, for a platform that has to be started again. */
function deployingAgain(system: Deploying, { deployed, managing }: Survival): Deploying {
  return {
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
  };
}

/** Whatever is measured, the platform is looked at afterwards: thoroughly where something has gone wrong. */
function lookedAt(system: Measuring, survival: Survival): Measuring {
  const { managing, survive } = survival;
  return {
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
    load: (trial, onSecond) => loadLookedAt(system, survival, trial, onSecond),
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

async function loadLookedAt(
  system: Pick<System, 'load'>,
  { managing, survive }: Survival,
  ...[trial, onSecond]: Parameters<System['load']>
): ReturnType<System['load']> {
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
}

function named({ name }: Deployable, during: string, perSecond: number | null = null): Asked {
  return { function: name, during, perSecond };
}

/** When the last right answer came; null in a closed loop. */
function plannedRate({ arrivals }: Trial, last: LoadSecond | undefined): number | null {
  if (arrivals.kind === 'closed') return null;
  return Math.round(rateAt(arrivals, ((last?.second ?? -1) + 1) * 1000));
}
