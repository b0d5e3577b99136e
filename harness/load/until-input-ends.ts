import { setTimeout as sleep } from 'node:timers/promises';
import { GivreError } from '../core/errors.ts';
import { ownedBy } from '../core/owned.ts';
import type { GeneratorPlace } from './load.ts';

/**
 * Runs a program until it ends or standard input does, and says at last what processor time it took: by itself it would
 * go on when whoever started it is gone.
 */
const SCRIPT = `exec 3<&0
"$@" </dev/null 3<&- & program=$!
{ while read -r _ <&3; do :; done; kill -TERM "$program"; } 2>/dev/null & watcher=$!
wait "$program"; status=$?
kill "$watcher" 2>/dev/null
times >&2
exit "$status"`;

export interface ProgramResult {
  readonly exitCode: number;
  /** The end of it. */
  readonly stderr: string;
  /** Processor time of the program and its children; null when it was killed before it could be told. */
  readonly cpuNs: number | null;
}

interface ProgramOptions {
  /** For messages. */
  readonly name: string;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** What it throws ends the program. */
  readonly onOutput: (chunk: Buffer) => void;
}

/**
 * Runs a program somewhere that must not outlive us.
 *
 * @throws GivreError `E_LOAD_GENERATOR` past the deadline; the signal's reason when aborted; what `onOutput` throws. By
 * then it has ended.
 */
export async function runUntilInputEnds(
  place: GeneratorPlace,
  argv: readonly string[],
  { name, deadlineMs, signal, onOutput }: ProgramOptions,
): Promise<ProgramResult> {
  signal.throwIfAborted();
  const channel = place.open(['bash', '-c', SCRIPT, name, ...argv]);
  const faults = new AbortController();
  channel.stdout.on('data', ownedBy(faults, onOutput));
  let stderr = '';
  channel.stderr.on('data', (chunk: Buffer) => {
    // Only the end is ever shown, and a generator may have a line for every failed request.
    stderr = (stderr + chunk.toString('utf8')).slice(-8_000);
  });
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal, faults.signal]);
  const tooLong = sleep(deadlineMs, 'late' as const, { signal: stop }).catch(() => 'stopped' as const);
  const first = await Promise.race([channel.exited, tooLong]);
  over.abort();
  // The last of its output comes before its end is told.
  if (typeof first === 'number') {
    faults.signal.throwIfAborted();
    return { exitCode: first, ...withoutTimes(stderr) };
  }
  channel.stdin.end();
  await channel.exited;
  signal.throwIfAborted();
  faults.signal.throwIfAborted();
  throw new GivreError({
    code: 'E_LOAD_GENERATOR',
    message: `${name} did not end within ${deadlineMs} ms and was stopped`,
  });
}

/** What bash's `times` prints: user and system time of the shell, then of its children. */
const TIMES = /(?:\d+m[\d.]+s \d+m[\d.]+s\s*){1}(\d+)m([\d.]+)s (\d+)m([\d.]+)s\s*$/;

function withoutTimes(stderr: string): Omit<ProgramResult, 'exitCode'> {
  const match = TIMES.exec(stderr);
  if (match === null) return { stderr, cpuNs: null };
  const [minutes = 0, seconds = 0, moreMinutes = 0, moreSeconds = 0] = match.slice(1).map(Number);
  const cpuNs = Math.round(((minutes + moreMinutes) * 60 + seconds + moreSeconds) * 1e9);
  return { stderr: stderr.slice(0, match.index), cpuNs };
}
