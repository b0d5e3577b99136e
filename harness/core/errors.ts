import { type ExitCode, exitCodes } from './exit-codes.ts';
import { withoutCredentials } from './inert.ts';

interface GivreErrorOptions {
  /** Stable and searchable, `E_` and capitals: `E_DOCKER_DOWN`. */
  readonly code: string;
  /** What happened, to what. One sentence. */
  readonly message: string;
  /** What to do next. */
  readonly hint?: string | undefined;
  readonly exitCode?: ExitCode;
  readonly cause?: unknown;
}

/**
 * The one error that users see: what happened, to what, what to do next, and the exit code it leads to. Passwords in
 * addresses are hidden in its words.
 */
export class GivreError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;

  constructor(options: GivreErrorOptions) {
    super(withoutCredentials(options.message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'GivreError';
    this.code = options.code;
    this.hint = options.hint === undefined ? undefined : withoutCredentials(options.hint);
    this.exitCode = options.exitCode ?? exitCodes.infrastructure;
  }
}

/** A mistake in the user's words or files. Exit code 2. */
export function usageError(code: string, message: string, hint?: string): GivreError {
  return new GivreError({ code, message, hint, exitCode: exitCodes.usage });
}

/** The message of anything that was thrown, without passwords of addresses. */
export function messageOf(error: unknown): string {
  return withoutCredentials(error instanceof Error ? error.message : String(error));
}

/** `ENOENT` and the like, of an error or of its cause; undefined for what the operating system has not said. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('syscall' in error && 'code' in error && typeof error.code === 'string') return error.code;
  return systemCode(error.cause);
}

/** Did somebody want an end, rather than something fail? */
export function isInterruption(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** The exit code that anything thrown leads to; what is no GivreError is a fault of ours or of the machine. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof GivreError) return error.exitCode;
  if (isInterruption(error)) return exitCodes.interrupted;
  return exitCodes.infrastructure;
}
