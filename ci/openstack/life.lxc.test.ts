import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../../harness/core/subprocess.ts';

const cloudsPath = process.env.GIVRE_TEST_CLOUD_LXC ?? '';

test.skipIf(cloudsPath === '')(
  'a server of the lxc cloud is a stock Debian 12 with the host key of its user-data, and a member may snapshot it',
  async () => {
    const smoke = join(import.meta.dirname, 'smoke');
    const { exitCode, stdout, stderr } = await run([smoke, '--state', dirname(cloudsPath), '--snapshot']);
    expect(stderr).toBe('');
    expect(stdout).toContain('ok: ssh answers with exactly the host key from user-data');
    expect(stdout).toContain('ok: the image has no containerd, runc, CNI, iptables');
    expect(stdout).toContain('ok: a server booted from the snapshot has its files');
    expect(stdout).toContain('ok: all deleted');
    expect(exitCode).toBe(0);
  },
);
