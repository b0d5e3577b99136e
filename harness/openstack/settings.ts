import { homedir } from 'node:os';
import { join } from 'node:path';
import { usageError } from '../core/errors.ts';
import { suggestion } from '../core/near-miss.ts';
import { chooseCloud } from './choice.ts';
import { type CloudFiles, isMap, mergeTrees, type Tree, type TreeMap } from './clouds-yaml.ts';
import { type Credential, credentialOf } from './credential.ts';

type Interface = 'public' | 'internal' | 'admin';

export interface TlsFiles {
  /** Instead of the system's authorities. */
  readonly caPath: string | undefined;
  readonly certPath: string | undefined;
  readonly keyPath: string | undefined;
  readonly verify: boolean;
}

/** Everything about one cloud before anything was asked of it. */
export interface CloudSettings {
  readonly name: string;
  /** Where it is written, for messages. */
  readonly source: string;
  readonly authUrl: string;
  readonly credential: Credential;
  readonly region: string | undefined;
  readonly interface: Interface;
  readonly tls: TlsFiles;
  readonly warnings: readonly string[];
  /** `compute_endpoint_override` and its like, `compute_interface` too. */
  readonly option: (key: string) => string | undefined;
}

interface Choice {
  /** `--cloud`. */
  readonly cloud: string | undefined;
  /** `--region`. */
  readonly region: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Chooses a cloud and reads what it says, by openstacksdk's rules.
 *
 * @throws GivreError, exit code 2: `E_CLOUD_UNKNOWN`, `E_CLOUD_NOT_CHOSEN`, `E_CLOUD_PROFILE`, `E_CLOUD_REGION`,
 * `E_CLOUD_SETTINGS`.
 */
export function cloudSettings(files: CloudFiles, choice: Choice): CloudSettings {
  const { name, entry, source } = chooseCloud(files, choice.cloud, choice.env);
  const profiled = withProfile(name, entry, files);
  const region = regionOf(name, profiled, choice.region || choice.env.OS_REGION_NAME || undefined);
  const settings = region.settings;
  const option = (key: string): string | undefined => textOf(settings[key]);
  const { tls, warnings } = tlsOf(name, option, choice.env);
  const { authUrl, credential } = credentialOf(name, source, settings);
  return {
    name,
    source,
    authUrl,
    credential,
    region: region.name,
    interface: interfaceOf(name, option),
    tls,
    warnings,
    option,
  };
}

/** The text at a key; empty is absent. */
function textOf(tree: Tree | undefined): string | undefined {
  return typeof tree === 'string' && tree !== '' ? tree : undefined;
}

function withProfile(name: string, entry: TreeMap, files: CloudFiles): TreeMap {
  const profile = textOf(entry.profile) ?? textOf(entry.cloud);
  if (profile === undefined) return entry;
  const found = files.profiles.get(profile);
  if (found !== undefined) return mergeTrees(found, entry);
  // openstacksdk carries a list of public clouds; ours would be out of date. An address in the entry is enough.
  if (isMap(entry.auth) && textOf(entry.auth.auth_url) !== undefined) return entry;
  throw usageError(
    'E_CLOUD_PROFILE',
    `cloud "${name}" refers to the profile "${profile}", which no clouds-public.yaml has`,
    `write auth_url and region_name into the entry of "${name}" instead`,
  );
}

function regionOf(
  name: string,
  entry: TreeMap,
  wanted: string | undefined,
): { name: string | undefined; settings: TreeMap } {
  const listed = (Array.isArray(entry.regions) ? entry.regions : []).map((it: Tree) => {
    if (!isMap(it)) return { name: textOf(it), values: {} };
    return { name: textOf(it.name), values: isMap(it.values) ? it.values : {} };
  });
  const region = wanted ?? textOf(entry.region_name) ?? listed[0]?.name;
  if (listed.length === 0) return { name: region, settings: entry };
  const found = listed.find((it) => it.name === region);
  if (found !== undefined) return { name: region, settings: mergeTrees(entry, found.values) };
  const known = listed.flatMap((it) => it.name ?? []);
  throw usageError('E_CLOUD_REGION', `cloud "${name}" has no region "${region}"`, suggestion(region ?? '', known));
}

function interfaceOf(name: string, option: (key: string) => string | undefined): Interface {
  const text = (option('interface') ?? option('endpoint_type') ?? 'public').replace(/URL$/, '');
  if (text === 'public' || text === 'internal' || text === 'admin') return text;
  throw usageError('E_CLOUD_SETTINGS', `cloud "${name}": interface "${text}" is none of public, internal, admin`);
}

function tlsOf(
  name: string,
  option: (key: string) => string | undefined,
  env: NodeJS.ProcessEnv,
): { tls: TlsFiles; warnings: readonly string[] } {
  const path = (key: string): string | undefined => {
    const text = option(key);
    return text === '~' || text?.startsWith('~/') ? join(env.HOME ?? homedir(), text.slice(1)) : text;
  };
  const insecure = truthOf(name, 'insecure', option('insecure')) ?? false;
  const verify = !insecure && (truthOf(name, 'verify', option('verify')) ?? true);
  const tls = { caPath: path('cacert'), certPath: path('cert'), keyPath: path('key'), verify };
  const warning = `TLS certificates of cloud "${name}" are not verified (${insecure ? 'insecure' : 'verify: false'})`;
  return { tls, warnings: verify ? [] : [warning] };
}

/** YAML 1.1's words, as PyYAML reads them. */
function truthOf(name: string, key: string, text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (/^(true|yes|on|1|y|t)$/i.test(text)) return true;
  if (/^(false|no|off|0|n|f)$/i.test(text)) return false;
  throw usageError('E_CLOUD_SETTINGS', `cloud "${name}": ${key} is "${text}", expected true or false`);
}
