/** Where words go: results to standard output, everything about the work to standard error. */
export interface Output {
  /** What the user asked for; pipes see only this. */
  result(text: string): void;
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
    result(text) {
      clearStatus();
      results.write(`${text}\n`);
    },
    note(text) {
      clearStatus();
      notes.write(`${text}\n`);
    },
    status(text) {
      if (notes.isTTY === true) {
        notes.write(`\r\x1b[K${text.slice(0, (notes.columns ?? 80) - 1)}`);
        statusShown = true;
      } else if (now() - lastStatusAt >= QUIET_INTERVAL_MS) {
        notes.write(`${text}\n`);
        lastStatusAt = now();
      }
    },
  };
}
