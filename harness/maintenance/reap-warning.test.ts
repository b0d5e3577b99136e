import { expect, test } from 'vitest';
import { startCloudServer } from '../openstack/cloud-server.fixture.ts';
import { reapOpenstack } from './reap-openstack.ts';

test('reaping on a cloud whose certificates are not verified says so', async () => {
  await using server = await startCloudServer(() => undefined);
  const env = {
    OS_AUTH_URL: `${server.origin}/identity/v3`,
    OS_USERNAME: 'tester',
    OS_PASSWORD: 'p',
    OS_PROJECT_NAME: 'test',
    OS_INSECURE: 'true',
    HOME: server.folder,
  };
  const notes: string[] = [];
  const output = { result: () => {}, status: () => {}, note: (line: string) => void notes.push(line) };
  const nowhere = { cloud: undefined, region: undefined, httpsProxy: undefined, run: undefined };
  const options = { ...nowhere, yes: false, json: false, minAgeSeconds: 60 };
  const signal = AbortSignal.timeout(30_000);
  // What this cloud answers next is of no concern here.
  await reapOpenstack(options, output, { signal, env, stateFolder: server.folder }).catch(() => {});
  expect(notes).toContain('warning: TLS certificates of cloud "envvars" are not verified (insecure)');
});
