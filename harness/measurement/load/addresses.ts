import type { Trial } from '../../api/load/trial.ts';
import { GivreError, usageError } from '../../core/errors.ts';
import { FUNCTION_NAMESPACE } from '../../core/platform.ts';
import type { SystemParts } from '../parts.ts';

const FUNCTION_PORT = 8080;

/**
 * Where requests on this path go, as seen from where the load comes from: `IP:PORT/path`.
 *
 * @throws GivreError `E_PATH` (usage) for what generators of their own do not reach
 */
export async function addressOf(parts: SystemParts, { path, deployable: { name } }: Trial): Promise<string> {
  const { installation, load } = parts;
  if (load?.gatewayAddress !== undefined && path !== 'gateway') {
    throw usageError('E_PATH', `the path ${path} exists on the machine under test only`, 'leave out --generators');
  }
  switch (path) {
    case 'gateway':
      return `${load?.gatewayAddress ?? installation.gatewayAddress}/function/${name}`;
    case 'provider':
      return `${installation.providerAddress}/function/${name}`;
    case 'direct':
      return `${await functionAddress(parts, name)}:${FUNCTION_PORT}/`;
  }
}

/** Each platform keeps its own list of addresses; the function's network namespace itself is the same on all. */
async function functionAddress({ agent, load, signal }: SystemParts, name: string): Promise<string> {
  const { pid } = await agent.task({ namespace: FUNCTION_NAMESPACE, id: name });
  const found = await load?.exec(['cat', `/proc/${pid ?? 0}/net/fib_trie`], { signal, timeoutMs: 10_000 });
  const address = localAddress(found?.stdout ?? '');
  if (address !== undefined) return address;
  throw new GivreError({
    code: 'E_FUNCTION_ADDRESS',
    message: `the function ${name} has no network address`,
    hint: `its process ${pid ?? 'does not exist'}; is it running?`,
  });
}

/** The kernel's routing table lists own addresses as `/32 host LOCAL`, the address in the line before. */
function localAddress(trie: string): string | undefined {
  const own = [...trie.matchAll(/\|-- (\d+\.\d+\.\d+\.\d+)\n\s*\/32 host LOCAL/g)].flatMap((match) => match[1] ?? []);
  return own.find((address) => !address.startsWith('127.'));
}
