import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { poll } from '../core/poll.ts';
import { type CloudServer, FLAVORS, startCloudServer } from '../openstack/cloud-server.fixture.ts';

const MAIN = resolve(import.meta.dirname, 'main.ts');
const MACHINE = '--flavor small --image debian-12 --network private'.split(' ');

/** A cloud that lets us in, and never answers what it is asked then. */
let cloud: CloudServer;
beforeEach(async () => {
  cloud = await startCloudServer(({ url }) => /^.(image|network)|flavors/.test(url));
});
afterEach(() => cloud[Symbol.asyncDispose]());

/** A run on that cloud, in its own folder, at the moment in which it waits for the flavors. */
async function planning(...words: readonly string[]) {
  const run = [
    'bench',
    '--scenario',
    'coldstart',
    '--platform',
    'control',
    '--target',
    'openstack',
    '--cloud',
    'local',
  ];
  const child = spawn(process.execPath, [MAIN, ...run, ...MACHINE, ...words], {
    cwd: cloud.folder,
    env: {
      PATH: process.env.PATH,
      HOME: cloud.folder,
      XDG_STATE_HOME: cloud.folder,
      OS_CLIENT_CONFIG_FILE: join(cloud.folder, 'clouds.yaml'),
      NO_PROXY: '127.0.0.1',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = new Promise((done) => child.once('close', done));
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const asked = async () =>
    cloud.asked.some((it) => it.url.startsWith(FLAVORS))
      ? { done: true as const, value: undefined }
      : { done: false as const, seen: said };
  await poll(asked, { what: 'the flavors to be asked for', deadlineMs: 20_000, everyMs: 20 });
  return { child, exited, said: () => said };
}

describe('Ctrl-C while a cloud is asked what the machines shall be', { timeout: 30_000 }, () => {
  test('does not wait for an answer', async () => {
    const { child, exited, said } = await planning();
    const at = performance.now();
    child.kill('SIGINT');
    expect(await exited).toBe(130);
    expect(performance.now() - at).toBeLessThan(5_000);
    expect(said()).toContain('interrupted: cleaning up');
    expect(await readdir(cloud.folder)).not.toContain('runs');
  });

  test('twice tells the command for that cloud, with everything by which the run had reached it', async () => {
    const proxy = 'http://proxy.invalid:3128';
    const { child, exited, said } = await planning('--region', 'RegionOne', '--https-proxy', proxy);
    // Two of a kind may become one before they are delivered.
    child.kill('SIGINT');
    child.kill('SIGTERM');
    expect(await exited).toBe(130);
    const place = `--cloud local --region RegionOne --https-proxy ${proxy}`;
    expect(said().replaceAll("'", '')).toMatch(`npm run reap -- --target openstack ${place} --yes --run coldstart-`);
  });
});
