import { exitCodes } from '../core/exit-codes.ts';
import type { Output } from '../core/output.ts';

interface Interruptible {
  readonly signal: AbortSignal;
  /** Stops listening; afterwards the signals have their usual effect again. */
  dispose(): void;
}

/**
 * Ctrl-C once: `signal` aborts, the run cleans up and keeps what it has. Twice: the process ends at once and says how to
 * remove what it leaves behind. SIGTERM and SIGHUP (a lost SSH session) count as Ctrl-C.
 */
export function onInterrupt(output: Output, reapHint: () => string): Interruptible {
  const controller = new AbortController();
  const listener = (): void => {
    if (controller.signal.aborted) {
      output.note(`interrupted twice: stopping at once. What is left behind is removed by:\n  ${reapHint()}`);
      process.exit(exitCodes.interrupted);
    }
    // First of all: whatever comes of the words, the cleanup has begun.
    controller.abort(new DOMException('interrupted', 'AbortError'));
    output.note('interrupted: cleaning up and keeping what was measured (once more to stop at once)');
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, listener);
  return {
    signal: controller.signal,
    dispose() {
      for (const name of names) process.off(name, listener);
    },
  };
}
