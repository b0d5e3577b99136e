import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test } from 'vitest';
import { run } from '../../harness/core/subprocess.ts';

const program = (name: string): string => join(import.meta.dirname, name);
const cloudsPath = process.env.GIVRE_TEST_CLOUD_FAKE ?? '';
/** A cloud of this file alone. */
const number = 199;

describe.skipIf(cloudsPath === '')('a running test cloud', () => {
  test('lets a member do all that a harness does, from outside the cloud, and have it all deleted', async () => {
    const { exitCode, stdout, stderr } = await run([program('smoke'), '--state', dirname(cloudsPath)]);
    expect(stderr).toBe('');
    expect(stdout).toContain('ok: a member makes an application credential and gets a token for it');
    expect(stdout).toContain('ok: the server is ACTIVE');
    expect(stdout).toContain('ok: all deleted');
    expect(exitCode).toBe(0);
  });

  test("keeps its database's temporary tables to itself: a server that starts removes those it finds", async () => {
    const state = dirname(cloudsPath);
    const sql = [
      'mariadb',
      '--defaults-file=/dev/null',
      `--socket=${join(state, 'run/mysql.sock')}`,
      '--user=root',
      '-N',
    ];
    const { stdout } = await run([...sql, '-e', 'select @@tmpdir']);
    expect(stdout.trim()).toBe(join(state, 'mysql-tmp'));
  });

  test('is not started a second time in the same place', async () => {
    const { exitCode, stderr } = await run([program('up'), '--virt', 'fake', '--state', dirname(cloudsPath)]);
    expect(stderr).toContain(`a cloud runs already in ${dirname(cloudsPath)}`);
    expect(exitCode).toBe(4);
    await access(cloudsPath);
  });
});

/** Everything on this machine that would carry the number of a cloud. */
async function traces(state: string): Promise<string[]> {
  const links = await readdir('/sys/class/net');
  const routes = (await run(['ip', 'route', 'show'])).stdout.split('\n');
  const loops = (await run(['losetup', '--list', '--noheadings', '--output', 'BACK-FILE'])).stdout.split('\n');
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n');
  const trees = ['/sys/fs/cgroup', ...(await readdir('/sys/fs/cgroup')).map((name) => `/sys/fs/cgroup/${name}`)];
  const groups = await Promise.all(trees.map((tree) => readdir(tree).catch(() => [])));
  const commands = (await run(['ps', '-e', '-o', 'args='])).stdout.split('\n');
  return [
    ...links.filter((link) => link === `givre${number}`),
    ...routes.filter((line) => line.includes(`10.76.${number}.`) || line.includes(`10.77.${number}.`)),
    ...[...loops, ...mounts].filter((line) => line.includes(state)),
    ...groups.flat().filter((name) => name === `givre-cloud-${number}`),
    ...commands.filter((line) => line.includes(state)),
  ];
}

test.skipIf(cloudsPath === '').each(['SIGINT', 'SIGTERM'] as const)(
  'an up that %s interrupts half-way takes everything down again',
  async (signal) => {
    const folder = await mkdtemp(join(tmpdir(), 'givre-up-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    // Its database runs as another user.
    await run(['chmod', '755', folder]);
    const state = join(folder, 'state');
    onTestFinished(async () => {
      await run([program('down'), '--number', String(number), '--state', state, '--purge']);
    });
    const up = spawn(program('up'), ['--virt', 'fake', '--number', String(number), '--state', state]);
    const ended = once(up, 'exit');
    let answered = false;
    for await (const line of createInterface(up.stdout)) {
      if (!line.includes('MariaDB answers')) continue;
      answered = true;
      expect(await traces(state)).not.toEqual([]);
      up.kill(signal);
    }
    expect(answered).toBe(true);
    expect(await ended).toEqual([signal === 'SIGINT' ? 130 : 143, null]);
    expect(await traces(state)).toEqual([]);
    expect(await readdir(state)).toEqual(['log']);
  },
);
