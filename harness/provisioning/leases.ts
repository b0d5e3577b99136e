import { type Calm, newCalm } from '../core/calm.ts';
import { backgroundTimer, type Timer } from '../core/clock.ts';
import { GivreError, messageOf } from '../core/errors.ts';
import { type Lease, MACHINE_LOST } from '../core/host.ts';
import type { Progress } from '../core/platform.ts';
import type { Scope } from '../core/scope.ts';

/** Whatever is not renewed for so long is taken for left behind. */
export const LIFE_SECONDS = 2 * 3600;
/** From one renewal until the next is due. */
const EVERY_MS = 15 * 60_000;
/** What is due is renewed between two measurements; after so long in the middle of one, if nothing runs on the machine. */
const PATIENCE_MS = 15 * 60_000;
/** Programs run in the middle of a measurement only when no more than this is left. */
const LAST_MOMENT_MS = 30 * 60_000;
const ATTEMPT_MS = 60_000;
/** After each attempt that failed; then it is told, and the next is made when it would be due anyway. */
const PAUSES_MS = [10_000, 20_000, 40_000, 80_000];

interface LeasesOptions {
  /** How long the longest single measurement takes, as planned: meanwhile nothing runs on its machine to renew it. */
  readonly longestMs: number;
  readonly progress: Progress;
  readonly timer?: Timer;
}

/** Keeps all that a run has made from being taken for left behind, whatever is measured, frozen or waited for. */
export interface Leases {
  /** Life in seconds of what machines go by themselves: it covers a whole measurement besides. */
  readonly insideSeconds: number;
  /**
   * Renews from now on until the scope closes. To be called once the removal of the machine is registered: renewing then
   * ends before that begins.
   */
  keep(leases: readonly Lease[], calm: Calm, scope: Scope): Promise<void>;
  /** The same for a machine that exists for minutes: only what whoever looks for leftovers goes by. */
  keepMarks(leases: readonly Lease[], scope: Scope): Promise<void>;
}

export function newLeases({ longestMs, progress, timer = backgroundTimer }: LeasesOptions): Leases {
  const insideSeconds = LIFE_SECONDS + Math.ceil(longestMs / 1000);
  const keep: Leases['keep'] = async (leases, calm, scope) => {
    for (const lease of leases) {
      const over = new AbortController();
      const life = lease.inside
        ? { seconds: insideSeconds, calmlyMs: insideSeconds * 1000 - LAST_MOMENT_MS }
        : { seconds: LIFE_SECONDS, calmlyMs: EVERY_MS + PATIENCE_MS };
      const renewing = renewForEver({ lease, ...life, calm, progress, timer, signal: over.signal });
      await scope.defer(`renewing ${lease.what}`, async () => {
        over.abort();
        await renewing;
      });
    }
  };
  return {
    insideSeconds,
    keep,
    keepMarks: (leases, scope) =>
      keep(
        leases.filter((it) => !it.inside),
        newCalm(),
        scope,
      ),
  };
}

interface Renewing {
  readonly lease: Lease;
  readonly seconds: number;
  /** From one renewal on, how long the next waits for the end of a measurement. */
  readonly calmlyMs: number;
  readonly calm: Calm;
  readonly progress: Progress;
  readonly timer: Timer;
  readonly signal: AbortSignal;
}

/** Never rejects; ends when aborted, after what is under way. */
async function renewForEver(renewing: Renewing): Promise<void> {
  const { lease, seconds, calmlyMs, calm, progress, timer, signal } = renewing;
  let renewedMs = timer.nowMs();
  while (!signal.aborted) {
    await timer.sleep(EVERY_MS, signal).catch(() => {});
    const failure = await tryToRenew(renewing, renewedMs + calmlyMs);
    if (signal.aborted) return;
    if (isLost(failure)) {
      // Whoever goes on measuring disturbs somebody else's run there.
      calm.end(failure);
      progress(`error: ${messageOf(failure)}`);
      return;
    }
    if (failure === undefined) renewedMs = timer.nowMs();
    else progress(failureWords(lease, failure, renewedMs + seconds * 1000 - timer.nowMs()));
  }
}

/** The last failure; undefined when it was renewed, or is over. */
async function tryToRenew(renewing: Renewing, atLatestMs: number): Promise<unknown> {
  const { timer, signal } = renewing;
  for (const pauseMs of [...PAUSES_MS, undefined]) {
    if (signal.aborted) return undefined;
    try {
      await attempt(renewing, atLatestMs);
      return undefined;
    } catch (error) {
      if (pauseMs === undefined || isLost(error)) return error;
    }
    await timer.sleep(pauseMs, signal).catch(() => {});
  }
  return undefined;
}

async function attempt({ lease, seconds, calm, timer, signal }: Renewing, atLatestMs: number): Promise<void> {
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  // Not ended by the scope's closing: the removal that comes next waits for what is under way.
  const late = async (): Promise<never> => {
    await timer.sleep(ATTEMPT_MS, over.signal);
    throw new GivreError({ code: 'E_DEADLINE', message: `no answer within ${ATTEMPT_MS / 1000} s` });
  };
  try {
    await calm.between(
      () => Promise.race([lease.renew(seconds, until), late()]),
      timer.sleep(Math.max(0, atLatestMs - timer.nowMs()), until),
    );
  } finally {
    over.abort();
  }
}

/** The machine is no longer this run's: trying again would not change that. */
function isLost(failure: unknown): boolean {
  return failure instanceof GivreError && failure.code === MACHINE_LOST;
}

function failureWords(lease: Lease, failure: unknown, leftMs: number): string {
  const minutes = Math.round(Math.abs(leftMs) / 60_000);
  const left = leftMs > 0 ? `it ends in ${minutes} min` : `it ended ${minutes} min ago`;
  return `warning: ${lease.what} could not be renewed; ${left}: ${messageOf(failure)}`;
}
