import { expect, test } from 'vitest';
import { connectSsh } from '../ssh/connect.ts';
import { docker, type Sshd, sshdImage, startMachine } from '../ssh/sshd.fixture.ts';
import { waitForSsh } from '../ssh/wait.ts';
import { armDeadline, armDeadlineScript, disarmDeadline } from './deadline.ts';
import { behavesAsHost, hostOn, untilTrue } from './systemd-host.fixture.ts';
import { enableServices } from './systemd-host.ts';

behavesAsHost('a machine with systemd', async () => {
  const machine = await startMachine(await sshdImage());
  const connection = await connectSsh({ address: machine.address() });
  return {
    virtualisation: 'docker',
    connection,
    async reboot() {
      await docker('restart', machine.id);
      // Published ports are other ones then.
      const host = await docker('inspect', '--format', '{{.NetworkSettings.IPAddress}}', machine.id);
      return waitForSsh({ address: { ...machine.address(), host, port: 22 }, deadlineMs: 30_000 });
    },
    async remove() {
      await connection.close();
      await machine.remove();
    },
  };
});

async function withMachine(body: (machine: Sshd) => Promise<void>): Promise<void> {
  const machine = await startMachine(await sshdImage());
  try {
    await body(machine);
  } finally {
    await machine.remove();
  }
}

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

test('a machine whose time is not renewed powers itself off, and not before', async () => {
  await withMachine(async (machine) => {
    const connection = await connectSsh({ address: machine.address() });
    const host = hostOn(connection, true);
    const state = () => docker('inspect', '--format', '{{.State.Status}}', machine.id);
    await armDeadline(host, inSeconds(4));
    // Renewed, it lives on; disarmed as well.
    await host.renew(inSeconds(3_600));
    await new Promise((resolve) => setTimeout(resolve, 5_500));
    expect(await state()).toBe('running');
    expect((await host.exec(['systemctl', 'list-timers', '--all'])).stdout).toContain('givre-deadline.timer');
    await disarmDeadline(host);
    await disarmDeadline(host);
    expect((await host.exec(['systemctl', 'list-timers', '--all'])).stdout).not.toContain('givre-deadline');
    await host.renew(inSeconds(4));
    await untilTrue('the machine to be off', async () => (await state()) === 'exited', 30_000);
    await connection.close();
  });
});

test('the time of a machine that is not ours is left alone', async () => {
  await withMachine(async (machine) => {
    const connection = await connectSsh({ address: machine.address() });
    const host = hostOn(connection, false);
    await host.renew(inSeconds(1));
    expect((await host.exec(['ls', '/etc/systemd/system'])).stdout).not.toContain('givre');
    await expect(enableServices(host)).rejects.toMatchObject({ hint: 'there are no services of ours' });
    await connection.close();
  });
});

test('a deadline that is no time is refused', () => {
  for (const time of [0, -1, 1.5, Number.NaN, 1e20]) expect(() => armDeadlineScript(time)).toThrow('no time');
});
