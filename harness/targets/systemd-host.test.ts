import { expect, test } from 'vitest';
import { connectSsh } from '../ssh/connect.ts';
import { docker, type Sshd, sshdImage, startMachine } from '../ssh/sshd.fixture.ts';
import { waitForSsh } from '../ssh/wait.ts';
import { armDeadlineScript, disarmDeadline } from './deadline.ts';
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

const signal = AbortSignal.timeout(600_000);

test('a machine whose time is not renewed powers itself off, and not before', async () => {
  await withMachine(async (machine) => {
    const connection = await connectSsh({ address: machine.address() });
    const host = hostOn(connection, true);
    const state = () => docker('inspect', '--format', '{{.State.Status}}', machine.id);
    const [deadline] = host.leases;
    expect(deadline).toMatchObject({ what: `the deadline of ${host.name}`, inside: true });
    await deadline?.renew(4, signal);
    // Renewed, it lives on; disarmed as well.
    await deadline?.renew(3_600, signal);
    await new Promise((resolve) => setTimeout(resolve, 5_500));
    expect(await state()).toBe('running');
    expect((await host.exec(['systemctl', 'list-timers', '--all'])).stdout).toContain('givre-deadline.timer');
    await disarmDeadline(host);
    await disarmDeadline(host);
    expect((await host.exec(['systemctl', 'list-timers', '--all'])).stdout).not.toContain('givre-deadline');
    await deadline?.renew(4, signal);
    await untilTrue('the machine to be off', async () => (await state()) === 'exited', 30_000);
    await connection.close();
  });
});

test('the time of a machine that is not ours is left alone', async () => {
  await withMachine(async (machine) => {
    const connection = await connectSsh({ address: machine.address() });
    const host = hostOn(connection, false);
    expect(host.leases).toEqual([]);
    expect((await host.exec(['ls', '/etc/systemd/system'])).stdout).not.toContain('givre');
    await expect(enableServices(host)).rejects.toMatchObject({ hint: 'there are no services of ours' });
    await connection.close();
  });
});

test('a deadline that is no time is refused', () => {
  for (const seconds of [0, -1, 1.5, Number.NaN, 1e20]) expect(() => armDeadlineScript({ seconds })).toThrow('no time');
  expect(() => armDeadlineScript({ seconds: 1, notBefore: -1 })).toThrow('no time');
});
