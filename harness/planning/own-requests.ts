import { join } from 'node:path';
import type { LoadWishes } from '../api/index.ts';
import { usageError } from '../core/errors.ts';
import type { OwnRequest } from '../core/own-request.ts';
import { repositoryRoot } from '../core/paths.ts';
import { extrasOf } from '../functions/deployment.ts';
import { ownRequestOf } from '../functions/own-request.ts';
import type { StackFunction } from '../functions/stack.ts';
import { readVectors } from '../functions/vectors.ts';

/** By function; those of which nobody says what they take are not in it. */
export type OwnRequests = ReadonlyMap<string, OwnRequest>;

const VECTORS = join(repositoryRoot, 'peer-functions/vectors');

/** @throws GivreError (usage) `E_REQUEST_BODY` for a body that cannot be read, `E_VECTORS` */
export async function ownRequests(functions: readonly StackFunction[]): Promise<OwnRequests> {
  const vectors = await readVectors(VECTORS);
  const all = await Promise.all(functions.map(async (fn) => [fn.name, await ownRequestOf(fn, vectors)] as const));
  return new Map(all.flatMap(([name, request]) => (request === undefined ? [] : [[name, request]])));
}

/** @throws GivreError `E_PAYLOAD` (usage) when a function would refuse each body of a size that was asked for. */
export function checkPayloads(
  functions: readonly StackFunction[],
  requests: OwnRequests,
  { payloads }: Pick<LoadWishes, 'payloads'>,
): void {
  const sizes = payloads.filter((payload) => payload !== 'own');
  const refusing = functions.find(({ name }) => requests.get(name)?.others === 'only');
  const own = refusing === undefined ? undefined : requests.get(refusing.name);
  if (sizes.length === 0 || refusing === undefined || own === undefined) return;
  const what =
    own.from === 'file'
      ? `its stack file names the body that it takes, ${own.name}`
      : `the workload ${extrasOf(refusing).workload} takes documents of its own, not any bytes`;
  throw usageError(
    'E_PAYLOAD',
    `${refusing.name} cannot be sent bodies of ${sizes.join(', ')} bytes: ${what}`,
    `leave out --payload, then it is sent ${nameOf(own)}; or choose functions that take anything, such as rust-echo`,
  );
}

/** `"300 items" (20814 bytes)`. */
export function nameOf({ from, name, body }: OwnRequest): string {
  return `${from === 'vector' ? `the vector "${name}"` : name} (${body.length} bytes)`;
}
