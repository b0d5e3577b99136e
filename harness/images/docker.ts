import { z } from 'zod';
import { GivreError } from '../core/errors.ts';
import { lastLines, type RunOptions, type RunResult, run } from '../core/subprocess.ts';

/** A docker command that is expected to answer at once; `what` names it in errors. */
export async function docker(args: readonly string[], what: string, options: RunOptions): Promise<string> {
  const result = await run(['docker', ...args], { timeoutMs: 60_000, ...options });
  if (result.exitCode !== 0) throw dockerFailure(result, what);
  return result.stdout.trim();
}

export function dockerFailure(result: RunResult, what: string): GivreError {
  const tail = lastLines(result.stderr, 3);
  if (/cannot connect to the docker|error during connect|permission denied while trying to connect/i.test(tail)) {
    return new GivreError({
      code: 'E_DOCKER_DOWN',
      message: `no Docker engine answers: ${tail}`,
      hint: 'run ./ci/setup, which installs and starts one, or point DOCKER_HOST at yours',
    });
  }
  return new GivreError({ code: 'E_DOCKER', message: `${what} failed (exit code ${result.exitCode}): ${tail}` });
}

/** The id of a local image, or undefined where there is none of this name. Never asks a registry. */
export async function imageId(reference: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  const argv = ['docker', 'image', 'inspect', '--format', '{{.Id}}', reference];
  const result = await run(argv, { signal, timeoutMs: 60_000 });
  if (result.exitCode === 0) return result.stdout.trim();
  if (/no such image/i.test(result.stderr)) return undefined;
  throw dockerFailure(result, `looking for the image ${reference}`);
}

/** When the image last got this or another tag, in ms since 1970: the time of its last build *or use*. */
export function lastTaggedMs(reference: string, signal: AbortSignal | undefined): Promise<number> {
  return timeOf(reference, '.Metadata.LastTagTime', signal);
}

/** When the image was built, in ms since 1970. */
export function createdAtMs(reference: string, signal: AbortSignal | undefined): Promise<number> {
  return timeOf(reference, '.Created', signal);
}

async function timeOf(reference: string, field: string, signal: AbortSignal | undefined): Promise<number> {
  const args = ['image', 'inspect', '--format', `{{json ${field}}}`, reference];
  const text = await docker(args, `asking for the age of ${reference}`, { signal });
  return Date.parse(z.string().parse(JSON.parse(text)));
}

/**
 * BuildKit where its plugin is there *and* builds in the engine itself; a builder in a container of its own cannot
 * see the images that ours start from. The classic builder everywhere else.
 */
export async function buildCommand(signal: AbortSignal | undefined): Promise<{ argv: string[]; buildKit: boolean }> {
  const builder = await run(['docker', 'buildx', 'inspect'], { signal, timeoutMs: 60_000 });
  const buildKit = builder.exitCode === 0 && /^Driver:\s+docker$/m.test(builder.stdout);
  return buildKit
    ? { argv: ['docker', 'buildx', 'build', '--progress=plain', '--provenance=false', '--load'], buildKit }
    : { argv: ['docker', 'build', '--force-rm'], buildKit };
}
