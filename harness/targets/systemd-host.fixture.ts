import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Host } from '../core/host.ts';
import { poll } from '../core/poll.ts';
import type { SshConnection } from '../ssh/connection.ts';
import { enableServices, systemdHost } from './systemd-host.ts';

/** A systemd machine to try a host on; which one is the business of the test that uses this. Imported by tests only. */
export interface SystemdMachine {
  readonly virtualisation: string;
  readonly connection: SshConnection;
  /** Boots it again and answers when SSH does. Absent where a boot is not to be had. */
  reboot?(): Promise<SshConnection>;
  remove(): Promise<void>;
}

const baseEnv = { PATH: '/opt/givre/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };

export function hostOn(connection: SshConnection, powersOff = false): Host {
  const addresses = new Map([[8080, '127.0.0.1:1']]);
  return systemdHost({ connection, name: 'the machine', addresses, baseEnv, persistent: true, powersOff });
}

export function untilTrue(what: string, look: () => Promise<boolean>, deadlineMs = 15_000): Promise<void> {
  return poll(async () => ((await look()) ? { done: true, value: undefined } : { done: false, seen: 'not yet' }), {
    what,
    deadlineMs,
  });
}

/** Every behaviour of a systemd host, on a real machine. */
export function behavesAsHost(name: string, acquire: () => Promise<SystemdMachine>): void {
  let machine: SystemdMachine;
  let host: Host;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'givre-systemd-'));
    machine = await acquire();
    host = hostOn(machine.connection);
  });
  afterAll(async () => {
    await machine.remove();
    await rm(folder, { recursive: true });
  });
  const sh = async (script: string) => (await host.exec(['sh', '-c', script])).stdout.trim();
  const logOf = (service: string) => host.exec(['cat', `/var/log/givre/${service}.log`]).then(({ stdout }) => stdout);
  const ended = (service: string) =>
    untilTrue(`the end of ${service}`, async () => !(await host.serviceAlive(service)));

  describe(`services of ${name}`, () => {
    test('are started, watched and stopped, and hand out their logs', async () => {
      await host.startService({ name: 'talker', argv: ['sh', '-c', 'echo hello; echo oops >&2; exec sleep 60'] });
      expect(await host.serviceAlive('talker')).toBe(true);
      await host.stopService('talker');
      expect(await host.serviceAlive('talker')).toBe(false);
      expect(await host.serviceLog('talker')).toBe('hello\noops');
      expect(await host.serviceLog('talker', 1)).toBe('oops');
      await host.stopService('never-started');
      await host.collectLogs(join(folder, 'logs'), AbortSignal.timeout(60_000));
      expect(await readFile(join(folder, 'logs', 'talker.log'), 'utf8')).toBe('hello\noops\n');
      expect(await readFile(join(folder, 'logs', 'systemd.log'), 'utf8')).toContain('givre-talker.service');
      expect((await readdir(join(folder, 'logs'))).every((it) => it.endsWith('.log'))).toBe(true);
    });

    test('get every argument as it is', async () => {
      const texts = [
        ...['', ' ', '%', '%n', '%%', '$', '$HOME', '$$', '"', "'", '\\', '\\n', '\n', '\t', '\r', ';', '; x'],
        ...['@', '-', '--', '~', '*', '#', 'a b', 'a"b', "a'b", '\u0001\u007f', 'é\u{1f600}', '\\x41', '\\$', '{', '='],
        ...['-c', '\n%h\n$PATH\n"', '`id`', '&& id', '| id', 'ends with \\'],
      ];
      await host.startService({ name: 'arguments', argv: ['printf', '%s\\0', ...texts] });
      await ended('arguments');
      expect((await logOf('arguments')).split('\0').slice(0, -1)).toEqual(texts);
    });

    test('get their environment and folder, and nobody else sees the environment', async () => {
      const env = {
        PASSWORD: 's3cret "quoted" $HOME \\ `id` %h \'x\' é',
        LINES: 'one\ntwo\n',
        EMPTY: '',
        SPACES: '  x  ',
        HASH: '#x;y',
      };
      const script =
        'for it in PASSWORD LINES EMPTY SPACES HASH PATH; do eval "printf \'%s\\0\' \\"\\$$it\\""; done; pwd; exec sleep 60';
      await host.startService({ name: 'environment', argv: ['sh', '-c', script], env, cwd: '/usr/share' });
      await untilTrue('its output', async () => (await logOf('environment')).includes('/usr/share\n'));
      const values = (await logOf('environment')).split('\0');
      expect(values).toEqual([...Object.values(env), baseEnv.PATH, '/usr/share\n']);
      expect(await sh('stat -c %a:%U /etc/givre/env/environment.env')).toBe('600:root');
      const ordinary = await machine.connection.exec([
        'sh',
        '-c',
        'systemctl show givre-environment; systemctl cat givre-environment; cat /proc/[0-9]*/cmdline; ls -l /etc/givre/env 2>&1',
      ]);
      expect(ordinary.stdout).toContain('EnvironmentFile');
      expect(ordinary.stdout).not.toContain('s3cret');
      await host.stopService('environment');
    });

    test('that cannot start, or end, are not alive and say why in their log', async () => {
      await host.startService({ name: 'missing', argv: ['givre-no-such-program'] });
      await ended('missing');
      expect(await host.serviceLog('missing')).toContain('givre-no-such-program');
      await host.startService({ name: 'ender', argv: ['sh', '-c', 'echo last words; exit 3'] });
      await ended('ender');
      expect(await host.serviceLog('ender')).toBe('last words');
      const nowhere = host.startService({ name: 'nowhere', argv: ['true'], cwd: '/no/such/folder' });
      await expect(nowhere).rejects.toMatchObject({ code: 'E_HOST_COMMAND', hint: expect.stringContaining('CHDIR') });
    });

    test('are started anew with what they are given then, and again as they were', async () => {
      await host.startService({ name: 'again', argv: ['sh', '-c', 'echo first; exec sleep 60'] });
      await host.startService({ name: 'again', argv: ['sh', '-c', 'echo second; exec sleep 61'] });
      await untilTrue('both lines', async () => (await host.serviceLog('again')) === 'first\nsecond');
      expect(await sh("pgrep --full '^sleep 6[01]$' --list-full | cut -d' ' -f2-")).toBe('sleep 61');
      await sh("pkill -KILL --full '^sleep 61$'");
      await host.restartService('again');
      await untilTrue('three lines', async () => (await host.serviceLog('again')) === 'first\nsecond\nsecond');
      expect(await host.serviceAlive('again')).toBe(true);
      await host.stopService('again');
    });

    test('are stopped within their 10 s even if they do not want to be, and without what they have started', async () => {
      const argv = ['bash', '-c', 'trap "" TERM; sleep 1111 & while :; do sleep 0.1; done'];
      await host.startService({ name: 'stubborn', argv });
      await untilTrue('its child', async () => (await sh('pgrep --full --count "^sleep 1111$"')) === '1');
      const begun = performance.now();
      await host.stopService('stubborn');
      expect(performance.now() - begun).toBeGreaterThan(9_000);
      expect(performance.now() - begun).toBeLessThan(20_000);
      expect(await host.serviceAlive('stubborn')).toBe(false);
      // As a container lives on when containerd ends.
      expect(await sh('pkill --full "^sleep 1111$" && echo was there')).toBe('was there');
    });

    test('have cgroups of their own to divide, and no limit of tasks', async () => {
      await host.startService({ name: 'free', argv: ['sleep', '60'] });
      const shown = await sh('systemctl show givre-free --property=Delegate,TasksMax,KillMode,Type');
      expect(shown.split('\n').toSorted()).toEqual([
        'Delegate=yes',
        'KillMode=process',
        'TasksMax=infinity',
        'Type=exec',
      ]);
      await host.stopService('free');
    });

    test('with a name that is no name are refused', async () => {
      for (const name of ['', 'a b', '../x', 'a/b', 'a\nb', '%n']) {
        await expect(host.startService({ name, argv: ['true'] })).rejects.toThrow('no name for a service');
      }
    });
  });

  describe(`what is done on ${name}`, () => {
    test('is done as root, with files as they are wanted', async () => {
      const local = join(folder, 'tool');
      await writeFile(local, '#!/bin/sh\necho "$SECRET from $(pwd) as $(id -un) with $PATH"\n');
      await host.upload(local, '/opt/new/place/tool', 0o755, AbortSignal.timeout(60_000));
      const result = await host.exec(['/opt/new/place/tool'], { env: { SECRET: 's3cret' }, cwd: '/tmp' });
      expect(result.stdout).toBe(`s3cret from /tmp as root with ${baseEnv.PATH}\n`);
      await host.writeFile('/etc/givre/new/text', 'content', 0o600);
      expect(await sh('stat -c "%a %s %U" /etc/givre/new/text')).toBe('600 7 root');
      await expect(host.writeFile('/proc/none/text', 'x', 0o600)).rejects.toMatchObject({ code: 'E_HOST_COMMAND' });
    });

    test('and is interrupted while a file is sent leaves nothing of that', async () => {
      const large = join(folder, 'large');
      await writeFile(large, '');
      await truncate(large, 2 ** 28);
      const interrupt = new AbortController();
      const sending = host.upload(large, '/opt/large', 0o600, interrupt.signal);
      setTimeout(() => interrupt.abort(new Error('interrupted')), 700);
      await expect(sending).rejects.toThrow('interrupted');
      expect(await sh('ls -A /opt | grep -E "^(large|.givre-upload)" || echo none')).toBe('none');
    });

    test('and takes too long is killed there, with all that it started', async () => {
      const endless = host.exec(['sh', '-c', 'sleep 2345.5 & sleep 2345.5; wait'], { timeoutMs: 1_500 });
      await expect(endless).rejects.toMatchObject({ code: 'E_PROGRAM_TIMEOUT' });
      expect(await sh('pgrep --full "^sleep 2345.5" || echo none')).toBe('none');
    });

    test('with open streams ends when its input is closed', async () => {
      const channel = host.open(['sh', '-c', 'echo "$PATH"; id -un; cat; exit 5']);
      channel.stdin.end('the end\n');
      expect(await text(channel.stdout)).toBe(`${baseEnv.PATH}\nroot\nthe end\n`);
      expect(await channel.exited).toBe(5);
    });

    test('tells facts about it', async () => {
      const facts = await host.facts();
      expect(facts).toMatchObject({
        os: expect.stringContaining('Debian'),
        architecture: expect.stringMatching(/^\w+$/),
        virtualisation: machine.virtualisation,
        cgroup: expect.stringMatching(/^(v1|v2|hybrid)$/),
      });
      expect(facts.cores).toBeGreaterThan(0);
      expect(facts.memoryBytes).toBeGreaterThan(2 ** 28);
    });

    test('freezes with all that services have started, however often it is told so, and goes on', async () => {
      const count = 'i=0; while :; do i=$((i+1)); echo $i > /run/count-$1; sleep 0.05; done';
      const family = `sh -c '${count}' sh child & ${count}`;
      await host.startService({ name: 'family', argv: ['sh', '-c', family, 'sh', 'parent'] });
      const counts = () => sh('cat /run/count-parent /run/count-child');
      await untilTrue('both to count', async () => /^\d+\n\d+$/.test(await counts()));
      await host.pause();
      await host.pause();
      const frozen = await counts();
      await sleep(500);
      expect(await counts()).toBe(frozen);
      await host.resume();
      await host.resume();
      await untilTrue('both to go on', async () => {
        const [parent, child] = (await counts()).split('\n').map(Number);
        const [parentThen, childThen] = frozen.split('\n').map(Number);
        return (parent ?? 0) > (parentThen ?? 0) && (child ?? 0) > (childThen ?? 0);
      });
      await host.stopService('family');
      await sh('pkill --full count-');
    });

    test('reaches only published ports', () => {
      expect(host.address(8080)).toBe('127.0.0.1:1');
      expect(() => host.address(81)).toThrow('port 81 of the machine is not published');
    });
  });

  describe(`a boot of ${name}`, () => {
    test('starts the enabled services, each after those it needs, and again whenever they end', async ({ skip }) => {
      if (machine.reboot === undefined) return skip('this machine cannot be booted again');
      const record = 'echo "$1" >> /var/log/order; exec sleep 1000';
      for (const [service, after] of [
        ['last', ['middle', 'first']],
        ['middle', ['first']],
        ['first', []],
      ] as const) {
        await host.startService({ name: service, argv: ['sh', '-c', record, 'sh', service], after });
      }
      await enableServices(host);
      await sh('rm -f /var/log/order');
      host = hostOn(await machine.reboot());
      for (const service of ['first', 'middle', 'last']) {
        await untilTrue(`${service} after the boot`, () => host.serviceAlive(service));
      }
      await untilTrue('all records', async () => (await sh('wc -l < /var/log/order')) === '3');
      expect(await sh('cat /var/log/order')).toBe('first\nmiddle\nlast');
      await sh('kill -KILL "$(systemctl show --property=MainPID --value givre-middle)"');
      await untilTrue('middle to be back', async () => (await sh('wc -l < /var/log/order')) === '4');
      expect(await host.serviceAlive('middle')).toBe(true);
      await host.stopService('middle');
      await sleep(1_000);
      expect(await host.serviceAlive('middle')).toBe(false);
    });
  });
}
