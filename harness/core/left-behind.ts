import { GivreError, isInterruption, messageOf } from './errors.ts';
import { exitCodes } from './exit-codes.ts';

/**
 * What a run ends by when a step of it has failed. Ctrl-C on a terminal reaches the programs that we run, too, and a fault
 * elsewhere stops them: then their failing is not the cause, the signal's reason is.
 *
 * @param left is something left that has to be removed by hand? The exit code says so, unless somebody wanted an end.
 */
export function failureOf(error: unknown, signal: AbortSignal, left: boolean): unknown {
  const cause: unknown = signal.aborted ? signal.reason : error;
  return left && !isInterruption(cause) ? leftBehind(cause) : cause;
}

/** The failure itself, but with the exit code that says that something has to be removed by hand. */
function leftBehind(error: unknown): GivreError {
  const hint = error instanceof GivreError ? error.hint : undefined;
  return new GivreError({
    code: error instanceof GivreError ? error.code : 'E_LEFT_BEHIND',
    message: messageOf(error),
    hint,
    exitCode: exitCodes.leftBehind,
    cause: error,
  });
}
