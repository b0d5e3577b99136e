import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { readCloudFiles } from './clouds-yaml.ts';
import { type CloudSettings, cloudSettings } from './settings.ts';

interface Words {
  readonly cloud?: string;
  readonly region?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Real files in a real folder, anew for each test; `/etc/openstack` of this machine is the only thing shared. */
export function cloudsFolder() {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'givre-clouds-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const inFolder = (path: string): string => join(folder, path);
  const settings = async ({ cloud, region, env = {} }: Words = {}): Promise<CloudSettings> => {
    const everything = { HOME: inFolder('home'), ...env };
    return cloudSettings(await readCloudFiles(everything, inFolder('here')), { cloud, region, env: everything });
  };
  return {
    inFolder,
    settings,
    async write(path: string, text: string): Promise<string> {
      await mkdir(dirname(inFolder(path)), { recursive: true });
      await writeFile(inFolder(path), text);
      return inFolder(path);
    },
    failure: (words: Words = {}): Promise<unknown> =>
      settings(words).then(
        () => expect.unreachable('it should have failed'),
        (error: unknown) => error,
      ),
  };
}

/** An entry that is complete but for what a test is about. */
export function entry(name: string, more = '', host = 'cloud.example'): string {
  return `  ${name}:
    auth: { auth_url: "https://${host}:5000", username: me, password: secret, project_name: mine }
${more}`;
}
