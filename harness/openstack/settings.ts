import { usageError } from '../core/errors.ts';
import { chooseCloud } from './choice.ts';
import { type CloudFiles, mergeTrees } from './clouds-yaml.ts';
import { type Credential, credentialOf } from './credential.ts';
import { settingOf, withProfile } from './entry.ts';
import { chooseRegion } from './region.ts';
import { type TlsFiles, tlsFiles } from './tls-files.ts';

type Interface = 'public' | 'internal' | 'admin';

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
 * Chooses a cloud and reads what it says, by openstacksdk's rules; where they are not followed, a list in
 * `openstacksdk.test.ts` says why.
 *
 * @throws GivreError, exit code 2: `E_CLOUD_UNKNOWN`, `E_CLOUD_NOT_CHOSEN`, `E_CLOUD_PROFILE`, `E_CLOUD_REGION`,
 * `E_CLOUD_SETTINGS`.
 */
export function cloudSettings(files: CloudFiles, choice: Choice): CloudSettings {
  const entry = chooseCloud(files, choice.cloud, choice.env);
  const { name, source } = entry;
  const profiled = withProfile(entry, files.profiles);
  const wanted = choice.region || choice.env.OS_REGION_NAME || undefined;
  const region = chooseRegion({ cloud: name, entry: entry.settings, profile: profiled.profile, wanted });
  const regional = { region_name: region.name ?? null, regions: null, ...region.values };
  const settings = mergeTrees(profiled.settings, regional);
  const option = (key: string): string | undefined => settingOf({ name, settings }, key);
  const { authUrl, credential } = credentialOf({ ...entry, settings });
  const { tls, warnings } = tlsFiles(name, option, choice.env);
  return {
    name,
    source,
    authUrl,
    credential,
    region: option('region_name'),
    interface: interfaceOf(name, option),
    tls,
    warnings,
    option,
  };
}

function interfaceOf(name: string, option: (key: string) => string | undefined): Interface {
  const text = (option('endpoint_type') ?? option('interface') ?? 'public').replace(/URL$/, '');
  if (text === 'public' || text === 'internal' || text === 'admin') return text;
  throw usageError('E_CLOUD_SETTINGS', `cloud "${name}": interface "${text}" is none of public, internal, admin`);
}
