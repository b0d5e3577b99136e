import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { GivreError, messageOf } from '../core/errors.ts';
import { lastLines } from '../core/subprocess.ts';
import type { GeneratorPlace } from './load.ts';

const decimal = z
  .string()
  .regex(/^\d+$/)
  .transform((text) => BigInt(text));

const addressSchema = z.object({ address: z.string() });
const headSchema = z.object({ requests: z.number(), connections: z.number() });
/** Times are nanoseconds since 1970 by CLOCK_REALTIME. */
const entrySchema = z.object({
  id: z.string(),
  connection: z.number(),
  arrivedNs: decimal,
  endedNs: decimal,
  outcome: z.enum(['waiting', 'answered', 'cut']),
});

/** One request as the server saw it. One that its client has sent twice is here twice. */
export type TruthEntry = z.infer<typeof entrySchema>;

export interface TruthLog {
  readonly connections: number;
  readonly entries: readonly TruthEntry[];
}

/** The server of known times (`harness/load/truth`), running. */
export interface TruthServer {
  readonly url: string;
  /** Ends the server and hands out all that it has seen. */
  end(): Promise<TruthLog>;
}

const STARTING_MS = 10_000;
const WRITING_MS = 60_000;

/**
 * Starts the server; it ends when `signal` aborts, too.
 *
 * @throws GivreError `E_TRUTH_SERVER`
 */
export async function startTruth(
  place: GeneratorPlace,
  argv: readonly string[],
  signal: AbortSignal,
): Promise<TruthServer> {
  signal.throwIfAborted();
  const channel = place.open(argv);
  const stop = (): void => void channel.stdin.end();
  signal.addEventListener('abort', stop, { once: true });
  void channel.exited.then(() => signal.removeEventListener('abort', stop));
  let stderr = '';
  channel.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-4_000);
  });
  const lines = createInterface({ input: channel.stdout })[Symbol.asyncIterator]();
  const failure = (what: string, cause?: unknown): GivreError =>
    new GivreError({
      code: 'E_TRUTH_SERVER',
      message: `the server of known times ${what}: ${argv.join(' ')}`,
      hint: lastLines(stderr, 6),
      cause,
    });
  try {
    const { address } = addressSchema.parse(parseLine(await within(STARTING_MS, lines.next())));
    return { url: `http://${address}/`, end: () => end() };
  } catch (error) {
    stop();
    await channel.exited;
    signal.throwIfAborted();
    throw failure('did not start', error);
  }

  async function end(): Promise<TruthLog> {
    stop();
    try {
      const log = await within(WRITING_MS, readLog(lines));
      const exitCode = await channel.exited;
      if (exitCode !== 0) throw new Error(`exit code ${exitCode}`);
      return log;
    } catch (error) {
      signal.throwIfAborted();
      throw failure(`did not hand out its log (${messageOf(error)})`, error);
    }
  }
}

async function readLog(lines: AsyncIterator<string>): Promise<TruthLog> {
  const { requests, connections } = headSchema.parse(parseLine(await lines.next()));
  const entries: TruthEntry[] = [];
  for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
    entries.push(entrySchema.parse(parseLine(line)));
  }
  if (entries.length !== requests) throw new Error(`${entries.length} of ${requests} requests`);
  return { connections, entries };
}

function parseLine(line: IteratorResult<string>): unknown {
  if (line.done === true) throw new Error('its output has ended');
  return JSON.parse(line.value);
}

async function within<T>(deadlineMs: number, work: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = sleep(deadlineMs, undefined, { signal: over.signal }).then(
    () => Promise.reject(new Error(`nothing for ${deadlineMs} ms`)),
    () => work,
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}
