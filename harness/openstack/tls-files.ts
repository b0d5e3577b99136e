import { homedir } from 'node:os';
import { join } from 'node:path';
import { usageError } from '../core/errors.ts';

export interface TlsFiles {
  /** Instead of the system's authorities. */
  readonly caPath: string | undefined;
  readonly certPath: string | undefined;
  readonly keyPath: string | undefined;
  readonly verify: boolean;
}

type Option = (key: string) => string | undefined;

/**
 * `insecure` wins over `verify`, which may be a file of authorities, too, over which `cacert` wins.
 *
 * @throws GivreError `E_CLOUD_SETTINGS`, exit code 2, for a word that is none of these.
 */
export function tlsFiles(
  name: string,
  option: Option,
  env: NodeJS.ProcessEnv,
): { readonly tls: TlsFiles; readonly warnings: readonly string[] } {
  const expand = (text: string | undefined): string | undefined =>
    text === '~' || text?.startsWith('~/') ? join(env.HOME ?? homedir(), text.slice(1)) : text;
  const path = (key: string): string | undefined => expand(option(key));
  const insecure = truthOf(option('insecure')) ?? false;
  if (insecure === 'other') throw wrongWord(name, 'insecure', option('insecure'), 'true or false');
  const word = option('verify');
  const truth = truthOf(word) ?? true;
  const bundle = truth === 'other' ? expand(word) : undefined;
  if (bundle !== undefined && !/[/.]/.test(bundle)) {
    throw wrongWord(name, 'verify', word, 'true, false or the path of a file of authorities');
  }
  const verify = !insecure && truth !== false;
  const warning = `TLS certificates of cloud "${name}" are not verified (${insecure ? 'insecure' : 'verify: false'})`;
  return {
    tls: { caPath: path('cacert') ?? bundle, certPath: path('cert'), keyPath: path('key'), verify },
    warnings: verify ? [] : [warning],
  };
}

/** YAML 1.1's words, as PyYAML reads them, and numbers; `other` for what is neither. */
function truthOf(text: string | undefined): boolean | 'other' | undefined {
  if (text === undefined) return undefined;
  if (/^(true|yes|on|1|y|t)$/i.test(text)) return true;
  if (/^(false|no|off|0|n|f)$/i.test(text)) return false;
  return 'other';
}

function wrongWord(name: string, key: string, text: string | undefined, expected: string): Error {
  return usageError('E_CLOUD_SETTINGS', `cloud "${name}": ${key} is "${text}", expected ${expected}`);
}
