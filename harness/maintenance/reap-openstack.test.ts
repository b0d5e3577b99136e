import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { streamOutput } from '../core/output.ts';
import {
  type CloudServer,
  PROJECT,
  SIGN_IN,
  sayJson,
  sayToken,
  startCloudServer,
} from '../openstack/cloud-server.fixture.ts';
import { descriptionOf } from '../openstack/marks.ts';
import { reapOpenstack } from './reap-openstack.ts';

const HOUR_MS = 3_600_000;
const GROUPS = '/network/v2.0/security-groups';
const EMPTY: Readonly<Record<string, string>> = {
  '/compute/v2.1/servers/detail': 'servers',
  '/compute/v2.1/os-server-groups': 'server_groups',
  '/network/v2.0/ports': 'ports',
  '/network/v2.0/floatingips': 'floatingips',
  '/image/v2/images': 'images',
  [`/volume/v3/${PROJECT}/volumes/detail`]: 'volumes',
};

/** The cloud's own clock; null: its answers carry no date, and its tokens none that can be read. */
let cloudMs: number | null;
let groups: object[];
let server: CloudServer;
beforeEach(async () => {
  cloudMs = Date.now();
  groups = [];
  server = await startCloudServer((asked, response) => {
    if (cloudMs === null) response.sendDate = false;
    else response.setHeader('date', new Date(cloudMs).toUTCString());
    const [path = ''] = asked.url.split('?');
    const key = EMPTY[path];
    if (key !== undefined) return sayJson(response, 200, { [key]: [] });
    if (path === GROUPS) return sayJson(response, 200, { security_groups: groups });
    if (cloudMs === null && path === SIGN_IN) {
      return sayToken(response, `http://${asked.headers.host}`, 'token', { issued_at: 'just now' });
    }
    if (asked.method !== 'DELETE' || path !== `${GROUPS}/g1`) return false;
    groups = [];
    response.writeHead(204).end();
    return true;
  });
});
afterEach(() => server[Symbol.asyncDispose]());

/** Made by a run on another machine. */
function expiresAt(ms: number): void {
  const mark = { runId: 'colleague', role: 'ssh', machine: 'elsewhere', expiresAtSeconds: Math.floor(ms / 1000) };
  groups = [{ id: 'g1', name: 'givre-colleague-ssh', description: descriptionOf(mark) }];
}

async function pass(): Promise<string> {
  const lines: string[] = [];
  const stream = { write: (text: string) => lines.push(text) };
  const all = { region: undefined, httpsProxy: undefined, run: undefined, json: false, minAgeSeconds: 0 };
  const exitCode = await reapOpenstack({ ...all, cloud: 'local', yes: true }, streamOutput(stream, stream), {
    signal: AbortSignal.timeout(20_000),
    env: { OS_CLIENT_CONFIG_FILE: join(server.folder, 'clouds.yaml'), HOME: server.folder },
    stateFolder: join(server.folder, 'state'),
  });
  expect(exitCode).toBe(0);
  return lines.join('');
}

describe('what is expired in a cloud', () => {
  test('is so by the cloud’s clock: a reaper whose own is three hours ahead leaves a live run alone', async () => {
    cloudMs = Date.now() - 3 * HOUR_MS;
    expiresAt(cloudMs + HOUR_MS);
    for (let passes = 0; passes < 3; passes++) {
      const said = await pass();
      expect(said).toMatch(/keeps security group .*made elsewhere, expires/);
      expect(said).toMatch(/this machine’s clock is 1080\d s ahead of the cloud’s, which decides/);
    }
    expect(groups).toHaveLength(1);
    expect(server.asked.some(({ method }) => method === 'DELETE')).toBe(false);
  });

  test('goes though the reaper’s own clock is three hours behind, once two passes have seen it', async () => {
    cloudMs = Date.now() + 3 * HOUR_MS;
    expiresAt(cloudMs - HOUR_MS);
    expect(await pass()).toContain('seen for the first time');
    expect(groups).toHaveLength(1);
    expect(await pass()).toMatch(/removed security group .*seen twice/);
    expect(groups).toEqual([]);
  });

  test('is not known, and so nothing goes, where the cloud does not tell its time', async () => {
    cloudMs = null;
    expiresAt(Date.now() - HOUR_MS);
    for (let passes = 0; passes < 2; passes++)
      expect(await pass()).toContain('the cloud does not tell what time it is');
    expect(groups).toHaveLength(1);
  });
});
