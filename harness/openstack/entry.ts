import { usageError } from '../core/errors.ts';
import { isMap, mergeTrees, type Tree, type TreeMap } from './clouds-yaml.ts';

/** One cloud as its files or variables have it, before anything is made of it. */
export interface Entry {
  readonly name: string;
  /** Where it is written, for messages. */
  readonly source: string;
  /** The words of the `OS_*` variables; their names are those of a file's keys, in capitals. */
  readonly fromEnvironment: boolean;
  /** What else there is to choose from, for hints. */
  readonly others: readonly string[];
  readonly settings: TreeMap;
}

/** The text at a key; null and empty are absent. */
export function textOf(tree: Tree | undefined): string | undefined {
  return typeof tree === 'string' && tree !== '' ? tree : undefined;
}

/**
 * The text at a key of the entry, in which `{region_name}` and its like stand for other values, as in openstacksdk.
 *
 * @throws GivreError `E_CLOUD_SETTINGS`, exit code 2, for a list or a map there, or a name in braces that has no value.
 */
export function settingOf({ name, settings }: Pick<Entry, 'name' | 'settings'>, key: string): string | undefined {
  const tree = settings[key];
  if (tree !== undefined && tree !== null && typeof tree !== 'string') {
    throw usageError('E_CLOUD_SETTINGS', `cloud "${name}": ${key} has to be one word, not a list or a map`);
  }
  const text = textOf(tree);
  return text === undefined ? undefined : expanded(name, key, text, settings);
}

/** Python's `str.format` with names only. */
export function expanded(name: string, key: string, text: string, settings: TreeMap): string {
  return text.replaceAll(/\{\{|\}\}|\{(\w*)\}|[{}]/g, (found, word: string | undefined) => {
    if (found === '{{' || found === '}}') return found.slice(1);
    const value = word === undefined ? undefined : textOf(settings[word]);
    if (value !== undefined) return value;
    const what = word === undefined ? `a single ${found}` : `{${word}}, which has no value there`;
    throw usageError('E_CLOUD_SETTINGS', `cloud "${name}": ${key} has ${what}`, 'a brace itself is written twice: {{');
  });
}

/**
 * The entry laid over the profile that it names.
 *
 * @throws GivreError `E_CLOUD_PROFILE`, exit code 2, for a profile that is in no file and would be needed.
 */
export function withProfile(
  { name, settings }: Entry,
  profiles: ReadonlyMap<string, TreeMap>,
): { readonly settings: TreeMap; readonly profile: TreeMap } {
  const profile = textOf('profile' in settings ? settings.profile : settings.cloud);
  const found = profile === undefined ? undefined : profiles.get(profile);
  if (found !== undefined) return { settings: mergeTrees(found, settings), profile: found };
  // openstacksdk carries a list of public clouds; ours would be out of date. An address in the entry is enough.
  const hasAddress = isMap(settings.auth) && textOf(settings.auth.auth_url) !== undefined;
  if (profile === undefined || hasAddress) return { settings, profile: {} };
  throw usageError(
    'E_CLOUD_PROFILE',
    `cloud "${name}" refers to the profile "${profile}", which no clouds-public.yaml has`,
    `write auth_url and region_name into the entry of "${name}" instead`,
  );
}
