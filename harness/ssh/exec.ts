import { collect } from '../core/collect.ts';
import { GivreError } from '../core/errors.ts';
import { ownedBy } from '../core/owned.ts';
import type { RunOptions, RunResult } from '../core/subprocess.ts';
import type { Link } from './link.ts';
import { lostWhile, type Program, startProgram } from './program.ts';

/**
 * Runs a program to its end on the other side of a link, by the rules of `run()` of this machine.
 *
 * @throws GivreError `E_PROGRAM_TIMEOUT`, after the program was killed; `E_SSH_LOST` when the connection broke while it
 * ran; what a new login throws. The signal's reason when aborted, or what `onLine` throws, after the program was killed.
 */
export async function execute(
  link: Link,
  argv: readonly string[],
  { sudo, ...options }: RunOptions & { readonly sudo: boolean },
): Promise<RunResult> {
  const timeout = options.timeoutMs === undefined ? undefined : AbortSignal.timeout(options.timeoutMs);
  const faults = new AbortController();
  const signals = [options.signal, timeout, faults.signal].filter((it) => it !== undefined);
  const stop = AbortSignal.any(signals);
  try {
    const program = await startProgram(link, { argv, env: options.env, cwd: options.cwd, sudo }, stop);
    const onLine = ownedBy(faults, options.onLine ?? (() => {}));
    const stdout = collect(program.channel, (line) => onLine(line, 'stdout'));
    const stderr = collect(program.channel.stderr, (line) => onLine(line, 'stderr'));
    program.channel.end(options.input ?? '');
    const exitCode = await untilStopped(program, stop);
    faults.signal.throwIfAborted();
    if (exitCode === undefined) throw lostWhile(link, argv[0] ?? '');
    return { exitCode, stdout: stdout(), stderr: stderr() };
  } catch (error) {
    if (options.signal?.aborted || !timeout?.aborted || error !== timeout.reason) throw error;
    throw new GivreError({
      code: 'E_PROGRAM_TIMEOUT',
      message: `${argv[0]} on ${link.name} did not end within ${options.timeoutMs} ms and was stopped`,
    });
  }
}

/** The end of a program; when told to stop, it is killed first and the reason is thrown. */
export async function untilStopped(program: Program, stop: AbortSignal): Promise<number | undefined> {
  const onAbort = new Promise<'stopped'>((resolve) => {
    if (stop.aborted) resolve('stopped');
    stop.addEventListener('abort', () => resolve('stopped'), { once: true });
  });
  const first = await Promise.race([program.ended, onAbort]);
  if (first !== 'stopped') return first;
  await program.kill();
  throw stop.reason;
}
