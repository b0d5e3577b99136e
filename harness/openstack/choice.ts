import { usageError } from '../core/errors.ts';
import { suggestion } from '../core/near-miss.ts';
import type { CloudFiles, TreeMap } from './clouds-yaml.ts';

/** What the cloud of the `OS_*` variables is called. */
const FROM_ENVIRONMENT = 'envvars';
/** They choose and steer; by themselves they describe no cloud. */
const SELECTORS = /^OS_(CLOUD|CLOUD_NAME|REGION_NAME|CLIENT_\w+|TEST\w*|STD\w*|LOG\w*)$/;

interface Chosen {
  readonly name: string;
  readonly entry: TreeMap;
  readonly source: string;
}

/**
 * `--cloud`, else `OS_CLOUD`, else the other `OS_*` variables, else the only cloud in the file.
 *
 * @throws GivreError, exit code 2: `E_CLOUD_UNKNOWN`, `E_CLOUD_NOT_CHOSEN`.
 */
export function chooseCloud(files: CloudFiles, wanted: string | undefined, env: NodeJS.ProcessEnv): Chosen {
  const fromEnvironment = environmentEntry(env);
  const known = [...files.clouds.keys(), ...(fromEnvironment === undefined ? [] : [FROM_ENVIRONMENT])];
  const name = wanted || env.OS_CLOUD || (fromEnvironment && FROM_ENVIRONMENT) || (known.length === 1 && known[0]);
  if (!name) throw notChosen(files, known);
  if (name === FROM_ENVIRONMENT && fromEnvironment !== undefined) {
    return { name, entry: fromEnvironment, source: 'the OS_* variables' };
  }
  const entry = files.clouds.get(name);
  if (entry !== undefined) return { name, entry, source: files.path ?? 'secure.yaml' };
  if (known.length === 0) throw notChosen(files, known);
  const where = files.path === undefined ? '' : ` in ${files.path}`;
  throw usageError('E_CLOUD_UNKNOWN', `there is no cloud "${name}"${where}`, suggestion(name, known));
}

/** `OS_USER_DOMAIN_NAME` is `user_domain_name`, and so on; undefined when only selectors are set. */
function environmentEntry(env: NodeJS.ProcessEnv): TreeMap | undefined {
  const names = Object.keys(env).filter((key) => key.startsWith('OS_') && !SELECTORS.test(key) && env[key] !== '');
  if (names.length === 0) return undefined;
  return Object.fromEntries(names.map((key) => [key.slice('OS_'.length).toLowerCase(), env[key] ?? '']));
}

function notChosen({ path, searched }: CloudFiles, known: readonly string[]): Error {
  if (path !== undefined && known.length > 0) {
    return usageError('E_CLOUD_NOT_CHOSEN', `${path} has several clouds`, `choose with --cloud: ${known.join(', ')}`);
  }
  return usageError(
    'E_CLOUD_NOT_CHOSEN',
    path === undefined
      ? `there is no clouds.yaml (looked in ${searched.join(', ')}) and no OS_* variable`
      : `${path} has no cloud`,
    'ask your provider for a clouds.yaml, or source an openrc file',
  );
}
