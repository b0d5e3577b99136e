import { text } from 'node:stream/consumers';
import { GivreError } from '../../core/errors.ts';
import { lastLines } from '../../core/subprocess.ts';
import type { K6Place } from './process.ts';

/** Bytes as they are, of any number: neither a command line nor an environment takes a body of a megabyte. */
const WRITE = 'file=$(mktemp "$1/body.XXXXXX") && cat >"$file" && echo "$file"';

/**
 * Lets k6 find a body in a file beside its scripts, for as long as the work takes; no body, no file.
 *
 * @throws GivreError `E_LOAD_GENERATOR` when it cannot be written; the signal's reason when aborted.
 */
export async function withBodyFile<T>(
  k6: Pick<K6Place, 'place' | 'scripts'>,
  body: Uint8Array,
  signal: AbortSignal,
  work: (path: string | null) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  if (body.length === 0) return await work(null);
  const path = await write(k6, body);
  try {
    return await work(path);
  } finally {
    // A machine that is not reached any more takes its files with it.
    const removal = k6.place.open(['rm', '-f', path]);
    removal.stdin.end();
    await removal.exited;
  }
}

async function write({ place, scripts }: Pick<K6Place, 'place' | 'scripts'>, body: Uint8Array): Promise<string> {
  const channel = place.open(['sh', '-c', WRITE, 'sh', scripts]);
  channel.stdin.end(body);
  const [said, wrong, exitCode] = await Promise.all([text(channel.stdout), text(channel.stderr), channel.exited]);
  if (exitCode === 0) return said.trim();
  throw new GivreError({
    code: 'E_LOAD_GENERATOR',
    message: `a body of ${body.length} bytes cannot be written into ${scripts} (exit code ${exitCode})`,
    hint: lastLines(wrong, 2),
  });
}
