import { GivreError } from '../core/errors.ts';
import type { StackFunction } from './stack.ts';

const NAMES: Readonly<Record<string, string>> = { of: 'of-watchdog', classic: 'classic-watchdog' };
/** Docker's words for a base image that no registry has, or whose registry does not answer. */
const NOT_PULLED =
  /lookup .*no such host|pull access denied|manifest .*unknown|dial tcp|i\/o timeout|TLS handshake|EOF$/m;

/**
 * Why a function that runs behind a watchdog (label `dev.givre/watchdog: of|classic`) cannot be had here, when its build
 * ended because the watchdog's own image cannot be pulled; undefined for every other failure.
 */
export function missingWatchdog({ labels }: StackFunction, failure: unknown): string | undefined {
  const name = NAMES[labels['dev.givre/watchdog'] ?? ''];
  if (name === undefined || !(failure instanceof GivreError)) return undefined;
  if (failure.code !== 'E_IMAGE_BUILD' && failure.code !== 'E_IMAGE_PULL') return undefined;
  const why = failure.message.split('\n').find((line) => NOT_PULLED.test(line));
  return why === undefined ? undefined : `needs ${name}, which cannot be had: ${why.trim()}`;
}
