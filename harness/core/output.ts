import { inertLine, inertPainted, inertText, withoutCredentials } from './inert.ts';

/**
 * Where words go: results to standard output, everything about the work to standard error. Whatever is foreign in them
 * is made inert here, and passwords in addresses are hidden.
 */
export interface Output {
  /**
   * What the user asked for; pipes see only this.
   *
   * @param options `painted`: it has colours of ours, and what is foreign in it was made inert before it was painted
   */
  result(text: string, options?: { readonly painted?: boolean }): void;
  /** A line that stays: a step done, a warning, an error. */
  note(text: string): void;
  /** What is being done right now; replaced by the next one on a terminal, printed at most every 10 s elsewhere. */
  status(text: string): void;
}

interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const QUIET_INTERVAL_MS = 10_000;

export function streamOutput(results: OutputStream, notes: OutputStream, now: () => number = Date.now): Output {
  let statusShown = false;
  let lastStatusAt = 0;
  const clearStatus = (): void => {
    if (statusShown) notes.write('\r\x1b[K');
    statusShown = false;
  };
  return {
    result(text, { painted = false } = {}) {
      clearStatus();
      results.write(`${withoutCredentials(painted ? inertPainted(text) : inertText(text))}\n`);
    },
    note(text) {
      clearStatus();
      notes.write(`${withoutCredentials(inertText(text))}\n`);
    },
    status(text) {
      const line = withoutCredentials(inertLine(text));
      if (notes.isTTY === true) {
        notes.write(`\r\x1b[K${line.slice(0, (notes.columns ?? 80) - 1)}`);
        statusShown = true;
      } else if (now() - lastStatusAt >= QUIET_INTERVAL_MS) {
        notes.write(`${line}\n`);
        lastStatusAt = now();
      }
    },
  };
}
