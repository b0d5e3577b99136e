import { usageError } from '../core/errors.ts';
import { suggestion } from '../core/near-miss.ts';
import type { CloudFiles, TreeMap } from './clouds-yaml.ts';
import { AUTH_WORDS } from './credential.ts';
import type { Entry } from './entry.ts';

/** What the cloud of the `OS_*` variables is called, unless `OS_CLOUD_NAME` says otherwise. */
const FROM_ENVIRONMENT = 'envvars';
/** They choose, or are of other programs; they say nothing of a cloud. */
const SELECTORS = /^OS_(CLOUD|CLOUD_NAME|REGION_NAME|CLIENT_(CONFIG|SECURE)_FILE|TEST\w*|STD\w*|LOG\w*)$/;

/**
 * `--cloud`, else `OS_CLOUD`, else the other `OS_*` variables, else the only cloud in the file. Variables that do not
 * say who signs in where (`OS_COMPUTE_API_VERSION`) describe no cloud, and are used only when asked for by name.
 *
 * @throws GivreError, exit code 2: `E_CLOUD_UNKNOWN`, `E_CLOUD_NOT_CHOSEN`, `E_CLOUD_SETTINGS`.
 */
export function chooseCloud(files: CloudFiles, wanted: string | undefined, env: NodeJS.ProcessEnv): Entry {
  const own = env.OS_CLOUD_NAME || FROM_ENVIRONMENT;
  const variables = environmentSettings(env);
  const describes = Object.keys(variables).some((key) => AUTH_WORDS.includes(key));
  const others = [...files.clouds.keys()];
  const known = [...others, ...(describes ? [own] : [])];
  const name = wanted || env.OS_CLOUD || (describes ? own : known.length === 1 && known[0]);
  if (!name) throw notChosen(files, known);
  const inFile = files.clouds.get(name);
  const isOwn = name === own && Object.keys(variables).length > 0;
  if (isOwn && describes && inFile !== undefined) throw twoOfOneName(name, files);
  if (inFile !== undefined) {
    return { name, source: files.path ?? 'secure.yaml', fromEnvironment: false, others, settings: inFile };
  }
  if (isOwn) return { name, source: 'the OS_* variables', fromEnvironment: true, others, settings: variables };
  if (known.length === 0) throw notChosen(files, known);
  const where = files.path === undefined ? '' : ` in ${files.path}`;
  throw usageError('E_CLOUD_UNKNOWN', `there is no cloud "${name}"${where}`, suggestion(name, known));
}

function twoOfOneName(name: string, { path }: CloudFiles): Error {
  return usageError(
    'E_CLOUD_SETTINGS',
    `both ${path ?? 'secure.yaml'} and the OS_* variables have a cloud "${name}"`,
    'call that of the variables something else by OS_CLOUD_NAME',
  );
}

/** `OS_USER_DOMAIN_NAME` is `user_domain_name`, and so on. */
function environmentSettings(env: NodeJS.ProcessEnv): TreeMap {
  const names = Object.keys(env).filter((key) => key.startsWith('OS_') && !SELECTORS.test(key) && env[key] !== '');
  return Object.fromEntries(names.map((key) => [key.slice('OS_'.length).toLowerCase(), env[key] ?? '']));
}

function notChosen({ path, searched }: CloudFiles, known: readonly string[]): Error {
  if (path !== undefined && known.length > 0) {
    return usageError('E_CLOUD_NOT_CHOSEN', `${path} has several clouds`, `choose with --cloud: ${known.join(', ')}`);
  }
  return usageError(
    'E_CLOUD_NOT_CHOSEN',
    path === undefined
      ? `there is no clouds.yaml (looked in ${searched.join(', ')}) and no OS_AUTH_URL`
      : `${path} has no cloud`,
    'ask your provider for a clouds.yaml, or source an openrc file',
  );
}
