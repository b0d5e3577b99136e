import { spawn } from 'node:child_process';
import type { Channel } from './host.ts';

interface HereOptions {
  /** The program becomes the leader of a process group, so that signals reach its children, too: `process.kill(-pid, …)`. */
  readonly ownGroup?: boolean;
  readonly onStart?: (pid: number) => void;
}

/** Starts a program on this machine with all three streams attached; exit code 127 when it cannot be started. */
export function openHere(argv: readonly string[], options: HereOptions = {}): Channel {
  const [program, ...args] = argv;
  if (program === undefined) throw new TypeError('openHere() needs a program');
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: options.ownGroup ?? false });
  const { stdin, stdout, stderr, pid } = child;
  if (pid !== undefined) options.onStart?.(pid);
  // A program that ends without reading its input is no fault of the writer.
  stdin.on('error', () => {});
  const exited = new Promise<number>((resolve) => {
    child.once('error', () => resolve(127));
    // After the last byte of its output, unlike 'exit'.
    child.once('close', (code) => resolve(code ?? 128));
  });
  return { stdin, stdout, stderr, exited };
}
