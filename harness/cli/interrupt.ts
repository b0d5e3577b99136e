import { GivreError, messageOf } from '../core/errors.ts';
import { type ExitCode, exitCodes } from '../core/exit-codes.ts';
import type { Output } from '../core/output.ts';

interface Interruptible {
  readonly signal: AbortSignal;
  /** Stops listening; afterwards the signals have their usual effect again. */
  dispose(): void;
}

/** What is left of a run that has not come so far. */
export const NOTHING_MADE = 'nothing: this run has made nothing yet';

/** Removing the servers of a run, with their volumes, takes a cloud minutes. */
const CLEANING_MS = 10 * 60_000;

/**
 * Everything that ends a run from outside its steps. Ctrl-C once: `signal` aborts, the run cleans up and keeps what it has.
 * Twice: the process ends at once and says how to remove what it leaves behind. SIGTERM and SIGHUP (a lost SSH session)
 * count as Ctrl-C.
 *
 * The same for a fault where nobody waits: what a callback throws, a promise that nobody awaits, or nothing left to wait for
 * with the run not at its end. `signal` aborts with a GivreError as the reason, exit code 4, and cleaning up has a deadline.
 */
export function onInterrupt(output: Output, reapHint: () => string, cleaningMs = CLEANING_MS): Interruptible {
  const controller = new AbortController();
  let late: NodeJS.Timeout | undefined;
  const stopAtOnce = (why: string, exitCode: ExitCode): void => {
    output.note(`${why}: stopping at once. What is left behind is removed by:\n  ${reapHint()}`);
    process.exit(exitCode);
  };
  const onSignal = (): void => {
    if (controller.signal.aborted) {
      stopAtOnce(late === undefined ? 'interrupted twice' : 'interrupted', exitCodes.interrupted);
    }
    // First of all: whatever comes of the words, the cleanup has begun.
    controller.abort(new DOMException('interrupted', 'AbortError'));
    output.note('interrupted: cleaning up and keeping what was measured (once more to stop at once)');
  };
  const onFault = (thrown: unknown): void => {
    if (controller.signal.aborted) {
      output.note(`a fault while cleaning up: ${messageOf(thrown)}`);
      return;
    }
    controller.abort(faultOf(thrown));
    const tooLate = `not cleaned up within ${cleaningMs / 1000} s`;
    late = setTimeout(() => stopAtOnce(tooLate, exitCodes.infrastructure), cleaningMs);
    output.note('a fault: cleaning up and keeping what was measured (Ctrl-C to stop at once)');
  };
  const onNothingLeft = (): void => {
    if (!controller.signal.aborted) onFault(new Error('nothing is left to wait for, and the run is not at its end'));
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, onSignal);
  process.on('beforeExit', onNothingLeft);
  process.setUncaughtExceptionCaptureCallback(onFault);
  return {
    signal: controller.signal,
    dispose() {
      clearTimeout(late);
      for (const name of names) process.off(name, onSignal);
      process.off('beforeExit', onNothingLeft);
      process.setUncaughtExceptionCaptureCallback(null);
    },
  };
}

/** What was thrown where nobody waited, as the reason by which a run ends. */
function faultOf(thrown: unknown): GivreError {
  if (thrown instanceof GivreError) return thrown;
  const stack = thrown instanceof Error ? `:\n${thrown.stack ?? ''}` : '';
  return new GivreError({
    code: 'E_UNCAUGHT',
    message: `something failed where nobody was waiting for it: ${messageOf(thrown)}`,
    hint: `this is a fault of givre; please report it${stack}`,
    cause: thrown,
  });
}
