import { z } from 'zod';
import { run } from '../core/subprocess.ts';
import { readHandlerFile } from './handler-file.ts';
import type { StackFunction } from './stack.ts';

const imageShape = z.array(z.object({ Id: z.string(), RepoDigests: z.array(z.string()).nullish() })).length(1);

/**
 * The digest of the image that a function's last stage starts from, as its registry knows it, or the engine's own id of
 * one that came from no registry. Null for a static program (`FROM scratch`), and where it cannot be told.
 */
export async function baseDigestOf(fn: StackFunction, signal: AbortSignal | undefined): Promise<string | null> {
  if (fn.skipBuild || fn.handlerDir === undefined) return null;
  const dockerfile = await readHandlerFile(fn.handlerDir, 'Dockerfile').catch(() => '');
  const name = lastBase(dockerfile);
  const [, argument] = /^\$\{?(\w+)\}?$/.exec(name) ?? [];
  if (argument === undefined) return digestOf(name, signal);
  const base = fn.bases[argument];
  if (base !== undefined) return baseDigestOf(base, signal);
  const [, standard = ''] = new RegExp(`^ARG\\s+${argument}=["']?([^\\s"']+)`, 'im').exec(dockerfile) ?? [];
  return digestOf(fn.buildArgs[argument] ?? standard, signal);
}

/** What the last FROM names; of a stage of the same file what that one starts from. */
function lastBase(dockerfile: string): string {
  const stages = [...dockerfile.matchAll(/^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?/gim)];
  let name = stages.at(-1)?.[1] ?? '';
  for (const [, from = '', alias] of stages.slice(0, -1).reverse()) if (alias === name) name = from;
  return name;
}

async function digestOf(image: string, signal: AbortSignal | undefined): Promise<string | null> {
  if (image === '' || image === 'scratch') return null;
  const { exitCode, stdout } = await run(['docker', 'image', 'inspect', image], { signal, timeoutMs: 60_000 });
  const [found] = exitCode === 0 ? imageShape.parse(JSON.parse(stdout)) : [];
  return found?.RepoDigests?.[0]?.replace(/^.*@/, '') ?? found?.Id ?? null;
}
