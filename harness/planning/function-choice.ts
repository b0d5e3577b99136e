import { join } from 'node:path';
import type { Scenario } from '../api/index.ts';
import { usageError } from '../core/errors.ts';
import { repositoryRoot } from '../core/paths.ts';
import { selectFunctions } from '../functions/select.ts';
import { readStack, type StackFunction } from '../functions/stack.ts';
import type { BenchOptions } from './options.ts';

/** Why a run has the functions that it has. */
export interface FunctionsChoice {
  readonly words: string;
  /** A scenario has left out some that would otherwise be measured: to be said aloud. */
  readonly narrowed: boolean;
}

interface Chosen {
  readonly functions: readonly StackFunction[];
  readonly why: FunctionsChoice;
}

/**
 * The functions that the globs name. Without globs those that a scenario says it can work with, or else those that the
 * stack files mark with `dev.givre/default: "true"`, or all where nothing is marked, as in most people's own stacks.
 *
 * @throws GivreError (usage) `E_FUNCTION_UNKNOWN`, `E_EMPTY_LIST`, and what `readStack` throws.
 */
export async function chooseFunctions(options: BenchOptions, scenarios: readonly Scenario[]): Promise<Chosen> {
  const all = await readFunctions(options.stacks);
  const because = (words: string, narrowed = false): FunctionsChoice => ({ words, narrowed });
  if (options.functions !== undefined) {
    return { functions: selectFunctions(all, options.functions), why: because('named by --functions') };
  }
  const marked = all.filter(({ labels }) => labels['dev.givre/default'] === 'true');
  const usual = marked.length > 0 ? marked : all;
  // People's own functions have names that no scenario can know.
  const choosy = options.stacks.length > 0 ? [] : scenarios.filter((it) => it.functions !== undefined);
  if (choosy.length === 0) {
    return {
      functions: usual,
      why: because(marked.length > 0 ? 'marked as default in the stack' : 'all of the stack'),
    };
  }
  const functions = selectFunctions(
    all,
    choosy.flatMap((it) => it.functions ?? []),
  );
  const names = choosy.map((it) => it.name).join(' and ');
  const whole = scenarios.length === choosy.length;
  const words = `the default of ${names}${whole ? '' : `, which holds for all ${scenarios.length} scenarios of this run`}`;
  const missing = usual.filter((it) => !functions.includes(it)).map((it) => it.name);
  const without = missing.length === 0 ? '' : `, without ${missing.join(', ')}`;
  return { functions, why: because(`${words}${without}; others: --functions`, !whole && missing.length > 0) };
}

/** Every function of the stack files; of none, the reference functions. */
export async function readFunctions(paths: readonly string[]): Promise<readonly StackFunction[]> {
  const reference = ['rust-functions/stack.yaml', 'peer-functions/stack.yaml'].map((path) =>
    join(repositoryRoot, path),
  );
  const stacks = await Promise.all((paths.length > 0 ? paths : reference).map((path) => readStack(path)));
  const all = stacks.flatMap((stack) => stack.functions);
  const names = all.map((it) => it.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw usageError(
      'E_FUNCTION_TWICE',
      `the function "${twice}" stands in more than one stack file`,
      'rename one of them',
    );
  }
  if (all.length > 0) return all;
  throw usageError('E_NO_FUNCTION', `no function stands in ${paths.join(', ')}`, 'name a stack file with functions');
}
