import { GivreError } from '../../core/errors.ts';
import { lastLines } from '../../core/subprocess.ts';
import type { GeneratorPlace } from '../load.ts';
import { runUntilInputEnds } from '../until-input-ends.ts';

/** k6 where load comes from. */
export interface K6Place {
  readonly place: GeneratorPlace;
  /** Path of the program there. */
  readonly program: string;
  /** Folder of our scripts there. */
  readonly scripts: string;
  readonly version: string;
}

/** One of several k6 that share one load, each its segment of it. */
export interface K6Share {
  readonly index: number;
  readonly of: number;
  /** On its own machine; k6 waits there until it is told to begin (`control.ts`). */
  readonly controlPort: number;
}

export interface K6Run {
  /** File name of the script. */
  readonly script: string;
  /** What the script finds in `GIVRE_LOAD`. */
  readonly settings: object;
  /** How long the load itself may take. */
  readonly loadMs: number;
  readonly share?: K6Share | undefined;
  readonly signal: AbortSignal;
  /** What k6 writes of each request. Default: CSV, a line for each metric, for `onOutput`. */
  readonly output?: readonly string[] | undefined;
  readonly onOutput: (chunk: Buffer) => void;
}

/** Compiling the script and making the virtual users before the first request; after the last one k6 takes its leave. */
const AROUND_MS = 60_000;
const WORDS = ['run', '--quiet', '--no-color', '--no-usage-report', '--summary-mode=disabled'];

/**
 * Go collects garbage when the heap has doubled, which with hundreds of virtual users is every few seconds, and each time
 * some answers are read 2 to 5 ms late: at 200 requests/s that put p99 off by 0.5…1.4 ms in six runs, and by 0.2…0.3 ms
 * in four with this.
 */
const ENVIRONMENT = ['K6_CSV_TIME_FORMAT=unix_nano', 'GOGC=400'];

/**
 * Where the kernel lets us, k6 goes before everything that is not of this kind (SCHED_RR, sched(7)). On a machine that it
 * shares it otherwise wakes and reads when a processor happens to be free, and that is then taken for latency: with two
 * processors always busy p99 was off by 0.5 to 5.5 ms in six runs, and by 0.1 to 0.24 ms in six with this
 * (`npm run calibrate`, 20 s each). Not on a single processor, which it would keep from all others. In a container it needs
 * CAP_SYS_NICE and a kernel without CONFIG_RT_GROUP_SCHED.
 */
const PROMPTLY = ['sh', '-c', '[ "$(nproc)" -lt 2 ] || chrt --rr --pid 1 $$ 2>/dev/null; exec "$@"', 'k6'];

/** @throws GivreError `E_LOAD_GENERATOR` with the last that k6 said when it did not end well. */
export async function runK6({ place, program, scripts }: K6Place, run: K6Run): Promise<{ cpuNs: number | null }> {
  const settings = `GIVRE_LOAD=${JSON.stringify(run.settings)}`;
  const share = run.share === undefined ? [] : shareWords(run.share);
  const k6 = [
    program,
    ...WORDS,
    ...(run.output ?? ['--out=csv=-']),
    ...share,
    '-e',
    settings,
    `${scripts}/${run.script}`,
  ];
  const { exitCode, stderr, cpuNs } = await runUntilInputEnds(place, [...PROMPTLY, 'env', ...ENVIRONMENT, ...k6], {
    name: 'k6',
    deadlineMs: run.loadMs + AROUND_MS,
    signal: run.signal,
    onOutput: run.onOutput,
  });
  if (exitCode === 0) return { cpuNs };
  throw new GivreError({
    code: 'E_LOAD_GENERATOR',
    message: `k6 ended with exit code ${exitCode}`,
    hint: lastLines(stderr, 6),
  });
}

/**
 * Requests, and virtual users, are dealt out in turn, and each k6 numbers its requests as they are numbered in the whole:
 * every number is sent by exactly one, at its own time.
 *
 * @see https://grafana.com/docs/k6/latest/using-k6/k6-options/reference/#execution-segment
 */
function shareWords({ index, of, controlPort }: K6Share): readonly string[] {
  const edge = (i: number): string => (i === 0 ? '0' : i === of ? '1' : `${i}/${of}`);
  const sequence = Array.from({ length: of + 1 }, (_, i) => edge(i)).join(',');
  return [
    `--execution-segment=${edge(index)}:${edge(index + 1)}`,
    `--execution-segment-sequence=${sequence}`,
    '--paused',
    `--address=127.0.0.1:${controlPort}`,
  ];
}
