import { usageError } from '../core/errors.ts';
import { checkBuild } from './build.ts';
import { defaultNamespace } from './deployment.ts';
import { checkOwnWords } from './own-words.ts';
import type { StackFunction } from './stack.ts';

interface Given {
  /** Whether the platform will have a secret of that name. */
  readonly hasSecret: (name: string) => boolean;
}

/**
 * Refuses, before anything is made, what a stack file may say but what would fail later: on a machine that had to be
 * booted first, or without a word.
 *
 * @throws GivreError, exit code 2: `E_FUNCTION_NAME`, `E_FUNCTION_NAMESPACE`, `E_FUNCTION_SECRET`, `E_FUNCTION_VARIABLE`,
 * `E_FUNCTION_WORD`, and those of `checkBuild`
 */
export async function checkFunction(fn: StackFunction, { hasSecret }: Given): Promise<void> {
  const refuse = (code: string, what: string, hint: string): Error =>
    usageError(code, `${fn.stackPath}: functions.${fn.name}${what}`, hint);
  if (fn.name.includes('.')) {
    const hint = 'to a gateway what follows the dot is a namespace, and such a function is never found: rename it';
    throw refuse('E_FUNCTION_NAME', ': its name has a dot', hint);
  }
  if (fn.namespace !== undefined && fn.namespace !== defaultNamespace) {
    const hint = 'faasd makes no namespaces by its API: leave the key out';
    throw refuse('E_FUNCTION_NAMESPACE', '.namespace: there is none but openfaas-fn', hint);
  }
  const secret = fn.secrets.find((name) => !hasSecret(name));
  if (secret !== undefined) {
    const hint = `give it with --secret ${secret}=FILE (bench only), or leave it out of the stack file`;
    throw refuse('E_FUNCTION_SECRET', `.secrets: nobody gives "${secret}" a value`, hint);
  }
  for (const [name, value] of Object.entries(fn.environment)) {
    if (/^[^=\0]+$/.test(name) && !value.includes('\0')) continue;
    const why = '.environment: a name is empty or has a =, or a zero byte stands in a name or value';
    throw refuse('E_FUNCTION_VARIABLE', why, 'no program can be started with such a variable');
  }
  checkOwnWords(fn);
  await checkBuild(fn);
}
