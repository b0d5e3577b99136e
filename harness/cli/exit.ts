import type { ExitCode } from '../core/exit-codes.ts';
import type { Output } from '../core/output.ts';

/** What closes by itself has time to; nobody waits at a prompt for longer. */
const GRACE_MS = 5_000;

/**
 * Ends this process, whose work is done, with the code: at once when nothing holds it any more, and after the grace even
 * if something does (a connection that nobody closed would hold it for as long as a kernel waits for a vanished partner,
 * a quarter of an hour). That is a fault of givre's, so it is named.
 */
export function exitWith(code: ExitCode, output: Output, graceMs = GRACE_MS): void {
  process.exitCode = code;
  const end = (): void => {
    // A reader that takes its time (`| less`) has not had all of it yet.
    if (process.stdout.writableLength + process.stderr.writableLength > 0) return;
    const held = [...new Set(process.getActiveResourcesInfo())].sort();
    output.note(`done, but something was left open in this process (${held.join(', ')}): please report it`);
    process.exit(code);
  };
  setInterval(end, graceMs).unref();
}
