import { readRegularFile } from '../core/bounded-file.ts';
import { messageOf, usageError } from '../core/errors.ts';

/** Values by name. They go to the machines' gateways and nowhere else: into no record, message or process list. */
export type Secrets = ReadonlyMap<string, string>;

/** As for a secret of Kubernetes. */
const LARGEST_BYTES = 2 ** 20;
const NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

/**
 * Reads the files of `--secret NAME=FILE`. White space around a value is no part of it, as in `faas-cli secret create`.
 *
 * @throws GivreError `E_SECRET`, exit code 2
 */
export async function readSecrets(words: readonly string[]): Promise<Secrets> {
  const secrets = new Map<string, string>();
  for (const word of words) {
    const [name = '', path = ''] = word.split(/=(.*)/s);
    // What is wrong may be that the value itself was written there.
    if (!NAME.test(name) || path === '') {
      const hint = 'write --secret NAME=FILE, with a name of lower case letters, digits, - and .';
      throw usageError('E_SECRET', '--secret is no name and file', hint);
    }
    if (secrets.has(name)) throw usageError('E_SECRET', `--secret names ${name} twice`, 'leave one of them out');
    secrets.set(name, await valueIn(name, path));
  }
  return secrets;
}

async function valueIn(name: string, path: string): Promise<string> {
  try {
    const bytes = await readRegularFile(path, { limitBytes: LARGEST_BYTES });
    const value = new TextDecoder('utf-8', { fatal: true }).decode(bytes).trim();
    if (value !== '') return value;
  } catch (error) {
    // Node names the file in its own words, and that may be the value itself.
    const why = messageOf(error).replaceAll(path, 'FILE');
    throw usageError('E_SECRET', `--secret ${name}: the file cannot be read: ${why}`, 'name a file that holds a text');
  }
  throw usageError('E_SECRET', `--secret ${name}: the file is empty`, 'name a file that holds a text');
}

/**
 * Refuses secrets that nothing would read, or that could not be put where they are wanted.
 *
 * @throws GivreError `E_SECRET`, exit code 2
 */
export function checkSecrets(
  secrets: Secrets,
  { wanted, platform, machineSamples }: { wanted: readonly string[]; platform: string; machineSamples: boolean },
): void {
  const [first] = secrets.keys();
  if (first === undefined) return;
  const idle = [...secrets.keys()].find((name) => !wanted.includes(name));
  if (idle !== undefined) {
    const hint = `add it to a function's secrets in the stack file; theirs: ${wanted.join(', ') || 'none'}`;
    throw usageError('E_SECRET', `--secret ${idle}: none of the functions has a secret of that name`, hint);
  }
  if (platform === 'existing') {
    const hint = 'make it there with faas-cli secret create, and leave the option out: it is used as it is found';
    throw usageError('E_SECRET', `--secret ${first}: nothing is changed on a platform that is there already`, hint);
  }
  if (!machineSamples) return;
  const hint = 'leave L4 out, or functions with secrets';
  throw usageError('E_SECRET', `--secret ${first}: machines that are made for one sample get no secrets`, hint);
}
