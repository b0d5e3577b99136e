import { resolve } from 'node:path';
import { messageOf, usageError } from '../core/errors.ts';
import { requireProgram } from '../core/program-file.ts';
import { run } from '../core/subprocess.ts';

/** k6 on this machine, to be copied to wherever load comes from. */
export interface K6Program {
  readonly path: string;
  /** As k6 itself says: `2.1.0`. */
  readonly version: string;
}

const HINT = 'name another with --k6, or leave it out: k6 is then built from its Go module';

/**
 * The user's own k6, which is asked for its version. Makes nothing, so a plan can ask.
 *
 * @throws GivreError `E_K6` (usage)
 */
export async function usersK6(own: string, signal: AbortSignal): Promise<K6Program> {
  const path = resolve(own);
  await requireProgram(path, { code: 'E_K6', hint: HINT });
  return await versioned(path, signal);
}

export async function versioned(path: string, signal: AbortSignal): Promise<K6Program> {
  const { stdout, exitCode } = await run([path, 'version'], { signal, timeoutMs: 20_000 }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw usageError('E_K6', `cannot run ${path}: ${messageOf(error)}`, HINT);
  });
  const version = /^\S+ v(\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1];
  if (exitCode === 0 && version?.startsWith('2.')) return { path, version };
  const said = stdout.split('\n')[0] ?? '';
  throw usageError('E_K6', `${path} is no k6 2.x: it says "${said.slice(0, 200)}" (exit code ${exitCode})`, HINT);
}
