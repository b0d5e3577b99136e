import { spawn } from 'node:child_process';
import { collect } from './collect.ts';
import { GivreError } from './errors.ts';
import { ownedBy } from './owned.ts';

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  readonly cwd?: string | undefined;
  /** Added to this process' environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Written to standard input, which is then closed. Secrets go here, never into `argv`. */
  readonly input?: string | Uint8Array | undefined;
  readonly timeoutMs?: number | undefined;
  /** Called with each whole line of either output, without its line end. What it throws ends the program. */
  readonly onLine?: ((line: string, stream: 'stdout' | 'stderr') => void) | undefined;
}

export interface RunResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end; a non-zero exit code is a result, not an error.
 *
 * By hand and not by execa: when time is over or the signal aborts, execa still waits until nobody has the output open, so
 * that what a program leaves behind decides how long that takes; of too much output it keeps the beginning, where the
 * reason of a failure stands at the end; and 0.1 s of every short command would be spent on loading it.
 *
 * @throws GivreError `E_PROGRAM_MISSING` (not installed), `E_PROGRAM_TIMEOUT`; the signal's reason when aborted; what
 * `onLine` throws.
 */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [program, ...args] = argv;
  if (program === undefined) throw new TypeError('run() needs a program');
  options.signal?.throwIfAborted();
  const timeout = options.timeoutMs === undefined ? undefined : AbortSignal.timeout(options.timeoutMs);
  const faults = new AbortController();
  const signals = [options.signal, timeout, faults.signal].filter((signal) => signal !== undefined);
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    signal: AbortSignal.any(signals),
  });
  const onLine = ownedBy(faults, options.onLine ?? (() => {}));
  const stdout = collect(child.stdout, (line) => onLine(line, 'stdout'));
  const stderr = collect(child.stderr, (line) => onLine(line, 'stderr'));
  // A program that ends without reading its input is no fault of the writer.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', (error) => reject(spawnFailure(error, program, options, timeout)));
    child.once('close', (code) => resolve(code ?? 128));
  }).catch((error: unknown) => {
    faults.signal.throwIfAborted();
    throw error;
  });
  // Its last line may come when it has ended already, and nothing is left to be stopped.
  faults.signal.throwIfAborted();
  return { exitCode, stdout: stdout(), stderr: stderr() };
}

/** As `run`, but a non-zero exit code becomes an error that carries the last lines of output. */
export async function runOrFail(argv: readonly string[], what: string, options: RunOptions = {}): Promise<RunResult> {
  const result = await run(argv, options);
  if (result.exitCode === 0) return result;
  throw new GivreError({
    code: 'E_PROGRAM_FAILED',
    message: `${what} failed: ${argv[0]} ended with exit code ${result.exitCode}`,
    hint: lastLines(`${result.stdout}\n${result.stderr}`, 12),
  });
}

/** The last `count` non-empty lines of a text. */
export function lastLines(text: string, count: number): string {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count)
    .join('\n');
}

function spawnFailure(error: Error, program: string, options: RunOptions, timeout: AbortSignal | undefined): unknown {
  if (options.signal?.aborted) return options.signal.reason;
  if (timeout?.aborted) {
    return new GivreError({
      code: 'E_PROGRAM_TIMEOUT',
      message: `${program} did not end within ${options.timeoutMs} ms and was stopped`,
    });
  }
  if ('code' in error && error.code === 'ENOENT') {
    return new GivreError({
      code: 'E_PROGRAM_MISSING',
      message: `the program "${program}" is not installed`,
      hint: 'run ./ci/setup',
      cause: error,
    });
  }
  return error;
}
