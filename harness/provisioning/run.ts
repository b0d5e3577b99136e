import { withDeadline } from '../core/deadline.ts';
import { messageOf } from '../core/errors.ts';
import { type ExitCode, exitCodes } from '../core/exit-codes.ts';
import { failureOf } from '../core/left-behind.ts';
import type { Output } from '../core/output.ts';
import type { Progress } from '../core/platform.ts';
import { Scope } from '../core/scope.ts';
import { lockRun } from '../runs/lock.ts';
import { type Leases, newLeases } from './leases.ts';

/** A cloud may be slow to answer for a kind of resource, and be asked again. */
const AUDIT_MS = 240_000;
const CLOSE_MS = 30_000;

/** Where a run makes things, as far as their removal goes. */
export interface Place {
  /** Is this, as registered with the scope, something that may not be left behind: a machine, or a part of one? */
  isMachine(what: string): boolean;
  /** Asks the place itself what is left of this run after everything was removed; one line each. */
  audit(): Promise<readonly string[]>;
  /** How to remove by hand what is left. */
  readonly reapCommand: string;
  /** Ends connections to the place itself. Comes last. */
  close(): Promise<void>;
}

/** A run before it has made anything. */
export interface RunPlan<P extends Place> {
  readonly runId: string;
  /** Machines stay when it is over, for a look inside. */
  readonly keep: boolean;
  /** How long the longest single measurement takes, as planned: meanwhile nothing runs on its machine to renew its life. */
  readonly longestMs: number;
  /** Opens the place; makes nothing there yet. What it opens in this process is registered with the scope. */
  readonly open: (work: OpeningWork) => Promise<P>;
}

/** What a run is given by whoever starts it. */
export interface RunIo {
  readonly output: Output;
  /** Aborts when somebody wants an end, or something has failed where nobody waited for it. */
  readonly signal: AbortSignal;
}

export interface OpeningWork extends RunIo {
  readonly runId: string;
  /** All that is made is registered here before it is waited for. */
  readonly scope: Scope;
  readonly leases: Leases;
  /** Lines that stay on the screen. */
  readonly progress: Progress;
}

/** A run while it lasts. */
export interface RunWork<P extends Place> extends OpeningWork {
  readonly place: P;
}

/** What a run has come to. */
export type Ended<T> = Omit<T, 'exitCode'> & { readonly exitCode: ExitCode };

/**
 * One run from its lock to its exit code, whatever it makes and measures: it is locked first and until all else is undone
 * (to whoever reaps, a journal without a lock is a dead run's), its place is opened, and when `use` has ended, however it
 * has, all that was made is removed, last made first, the place is asked what is left, and that is exit code 5.
 *
 * @returns what `use` has come to, with exit code 5 where something is left behind.
 * @throws what `use` or opening the place throws, with exit code 5 where something is left behind; the signal's reason
 *   when it has aborted: an interruption stays one whatever is left.
 */
export async function withRun<P extends Place, T extends { readonly exitCode: ExitCode }>(
  { runId, keep, longestMs, open }: RunPlan<P>,
  { output, signal }: RunIo,
  use: (run: RunWork<P>) => Promise<T>,
): Promise<Ended<T>> {
  const progress = (line: string): void => output.note(line);
  const scope = new Scope();
  const work = { runId, scope, output, signal, progress, leases: newLeases({ longestMs, progress }) };
  const place = await openOrUndo(work, open);
  let ended: T;
  try {
    ended = await use({ ...work, place });
  } catch (error) {
    throw failureOf(error, signal, await release(place, work, keep));
  }
  return (await release(place, work, keep)) ? { ...ended, exitCode: exitCodes.leftBehind } : ended;
}

/** A place that could not be opened leaves nothing open: no journal, no lock. */
async function openOrUndo<P>(work: OpeningWork, open: (work: OpeningWork) => Promise<P>): Promise<P> {
  const { runId, scope, signal, progress } = work;
  try {
    await scope.defer('run lock', await lockRun(runId));
    return await open(work);
  } catch (error) {
    await scope.close(progress);
    throw failureOf(error, signal, false);
  }
}

/**
 * Removes everything (with `keep` all but the machines), looks for itself, and says what could not be removed.
 *
 * @returns whether anything is left behind that nobody wanted to keep. Never throws.
 */
async function release(place: Place, { scope, progress }: OpeningWork, keep: boolean): Promise<boolean> {
  const isMachine = (what: string): boolean => place.isMachine(what);
  const failures = await scope.close(progress, keep ? isMachine : undefined);
  const unremoved = failures.map((failure) => failure.what).filter(isMachine);
  const left = [...new Set([...unremoved, ...(keep ? [] : await found(place))])];
  if (keep) progress('machines are kept, as asked; remove them when you are done:');
  for (const what of left) progress(`left behind: ${what}`);
  if (left.length > 0) progress('remove it with:');
  if (keep || left.length > 0) progress(`  ${place.reapCommand}`);
  await withDeadline('closing the place of this run', CLOSE_MS, () => place.close()).catch((error: unknown) =>
    progress(`warning: ${messageOf(error)}`),
  );
  return left.length > 0;
}

/** What nobody could see may be there. */
async function found(place: Place): Promise<readonly string[]> {
  try {
    return await withDeadline('looking for what is left', AUDIT_MS, () => place.audit());
  } catch (error) {
    return [`unknown: ${messageOf(error)}`];
  }
}
