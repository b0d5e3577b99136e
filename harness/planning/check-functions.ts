import { checkFunction } from '../functions/check.ts';
import type { StackFunction } from '../functions/stack.ts';
import type { Level } from '../runs/schema.ts';
import type { BenchOptions } from './options.ts';
import { checkSecrets, readSecrets, type Secrets } from './secrets.ts';

/**
 * Refuses functions that could not be measured, and secrets that do not fit them; returns the secrets.
 *
 * @throws GivreError, exit code 2, as `checkFunction`, `readSecrets` and `checkSecrets`
 */
export async function checkFunctions(
  functions: readonly StackFunction[],
  { secrets: words = [], platform }: BenchOptions,
  levels: readonly Level[],
): Promise<Secrets> {
  const secrets = await readSecrets(words);
  // Of a platform that is there already nothing can be known before it is asked.
  const hasSecret = (name: string): boolean => platform === 'existing' || secrets.has(name);
  for (const fn of functions) await checkFunction(fn, { hasSecret });
  const wanted = [...new Set(functions.flatMap((fn) => fn.secrets))];
  checkSecrets(secrets, { wanted, platform, machineSamples: levels.includes('L4') });
  return secrets;
}
