import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../../harness/core/subprocess.ts';

const program = (name: string): string => join(import.meta.dirname, name);

test.each(['install', 'image', 'up', 'down', 'smoke', 'with', 'lane'])(
  '%s --help says how it is used and what its exit codes mean, and does nothing',
  async (name) => {
    const { exitCode, stdout } = await run([program(name), '--help']);
    expect(stdout).toMatch(new RegExp(`^Usage: ci/openstack/${name}`));
    expect(stdout).toContain('Exit codes: ');
    expect(exitCode).toBe(0);
  },
);

test.each(['install', 'image', 'up', 'down', 'smoke', 'with', 'lane'])(
  '%s refuses a word that it does not know with exit code 2',
  async (name) => {
    const { exitCode, stderr } = await run([program(name), '--no-such-word']);
    expect(stderr).toContain('--no-such-word');
    expect(stderr).toContain(`ci/openstack/${name} --help`);
    expect(exitCode).toBe(2);
  },
);

test.each([
  [['--virt', 'kvm'], '--virt kvm: there are fake, lxc and qemu'],
  [['--number', '300'], '--number 300: must be 1 to 250'],
  [['--number', 'x'], '--number x: must be 1 to 250'],
  [['--tenant-mtu', '9000'], '--tenant-mtu 9000: must be 576 to 1500'],
  [['--state'], '--state wants a value'],
])('up %j is refused before anything is done', async (words, message) => {
  const { exitCode, stderr } = await run([program('up'), ...words]);
  expect(stderr).toContain(message);
  expect(exitCode).toBe(2);
});

test('up with lxc refuses a machine that nobody called a throwaway one, and says why', async () => {
  const { exitCode, stderr } = await run([program('up'), '--virt', 'lxc', '--number', '250'], {
    env: { GIVRE_THROWAWAY_MACHINE: '' },
  });
  expect(stderr).toContain('root in one of them is root of this machine');
  expect(stderr).toContain('add --throwaway');
  expect(exitCode).toBe(4);
});

test('with refuses to start without a command', async () => {
  const { exitCode, stderr } = await run([program('with'), '--virt', 'fake', '--number', '250']);
  expect(stderr).toContain('no command: it comes after "--"');
  expect(exitCode).toBe(2);
});

test('smoke says so when no cloud runs there', async () => {
  const { exitCode, stderr } = await run([program('smoke'), '--state', '/nonexistent/cloud']);
  expect(stderr).toContain('no cloud runs in /nonexistent/cloud');
  expect(exitCode).toBe(4);
});

test('lane names the file of a running cloud that is not there', async () => {
  const { exitCode, stderr } = await run([program('lane'), 'fake'], { env: { GIVRE_CLOUD_FAKE: '/nonexistent.yaml' } });
  expect(stderr).toContain('GIVRE_CLOUD_FAKE=/nonexistent.yaml: there is no such file');
  expect(exitCode).toBe(4);
});
