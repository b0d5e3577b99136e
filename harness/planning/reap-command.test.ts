import { expect, test } from 'vitest';
import { run } from '../core/subprocess.ts';
import { reapCommandFor } from './reap-command.ts';

test.each([
  [{ kind: 'container' as const }, 'npm run reap -- --yes --run r'],
  [{ kind: 'openstack' as const }, 'npm run reap -- --target openstack --yes --run r'],
  [
    { kind: 'openstack' as const, cloud: 'c', region: 'R1', httpsProxy: 'http://proxy.example:3128' },
    'npm run reap -- --target openstack --cloud c --region R1 --https-proxy http://proxy.example:3128 --yes --run r',
  ],
  [
    { kind: 'ssh' as const, host: 'debian@192.0.2.10', sshJump: 'me@jump', identity: '/k' },
    'npm run bench -- --target ssh --host debian@192.0.2.10 --ssh-jump me@jump --identity /k …',
  ],
])('what is left at %j is removed where it is', (target, command) => {
  expect(reapCommandFor(target, { run: 'r' })).toContain(command);
});

test('what only looks does not confirm', () => {
  const command = reapCommandFor({ kind: 'openstack', cloud: 'c', region: '' }, { run: 'r', yes: false });
  expect(command).toBe('npm run reap -- --target openstack --cloud c --run r');
});

test('a name with a space or a quote is one word of a shell', async () => {
  const command = reapCommandFor({ kind: 'openstack', cloud: "my cloud's" }, { run: undefined });
  const { stdout } = await run(['sh', '-c', `printf '<%s>' ${command.slice(command.indexOf('--cloud'))}`]);
  expect(stdout).toBe("<--cloud><my cloud's><--yes>");
});

test('a proxy’s password is not told', () => {
  const httpsProxy = 'http://user:se/cr@et@proxy.example:3128';
  const command = reapCommandFor({ kind: 'openstack', httpsProxy }, { run: undefined });
  expect(command).not.toMatch(/cr@et|user/);
});
