import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scope } from '../core/scope.ts';
import { controlPlatform } from '../platforms/control/index.ts';
import { type LxcServer, lxcClouds, startLxcServer } from './lxc-server.fixture.ts';
import { sshTarget } from './ssh.ts';
import { testBundle } from './stock-machine.fixture.ts';

describe.skipIf(lxcClouds === '')('a server as somebody’s own machine', { timeout: 300_000 }, () => {
  const signal = AbortSignal.timeout(900_000);
  let server: LxcServer;
  beforeAll(async () => {
    server = await startLxcServer('m1.faas');
  });
  afterAll(() => server.remove());

  /** Files, units, processes, links, rules, settings. */
  async function everything(): Promise<string> {
    const script = `find / -xdev \\( -path /proc -o -path /sys -o -path /tmp -o -path /var/tmp -o -path /run/systemd \\
      -o -path /var/log/journal -o -path /run/log -o -path /run/sudo -o -path /run/user \\) -prune -o -print | sort
    find /run -name '*givre*' -o -name '*containerd*' -o -name '*cni*'; grep -E 'containerd|openfaas' /proc/mounts
    systemctl list-unit-files --no-legend 'givre*'; ls -l /proc/[0-9]*/exe | grep /opt/givre
    ip -o link | cut -d: -f2; ip rule; cat /proc/sys/net/ipv4/ip_forward; ss -Hltn | awk '{ print $4 }' | sort`;
    return (await server.connection.asRoot().exec(['sh', '-c', script])).stdout;
  }

  test('gets the control platform, which answers through the tunnel, and is left as it was', async () => {
    // The server has a deadline of its own: of the cloud, not of ours.
    await server.connection
      .asRoot()
      .exec([
        'sh',
        '-c',
        'systemctl disable --now givre-deadline.timer; rm /etc/systemd/system/givre-deadline.*; systemctl daemon-reload',
      ]);
    const before = await everything();
    const scope = new Scope();
    const progress = (): void => {};
    try {
      const target = sshTarget({
        address: server.address,
        bundle: await testBundle(signal),
        use: 'install',
        runId: 'd-lxc',
        lifeSeconds: 1_800,
        progress,
      });
      const host = await target.acquire(scope, 'a', signal);
      const installation = await controlPlatform({}).install(scope, host, signal, progress);
      const health = await fetch(`${installation.gatewayUrl}/healthz`);
      expect(health.status).toBe(200);
      // From outside of the machine none of it is to be had.
      const direct = fetch(`http://${server.address.host}:8080/healthz`, { signal: AbortSignal.timeout(3_000) });
      await expect(direct).rejects.toThrow();
      const listening = await host.exec(['sh', '-c', "ss -Hltn | awk '{ print $4 }'"]);
      expect(listening.stdout).toContain(':8080');
    } finally {
      expect(await scope.close()).toEqual([]);
    }
    expect(await everything()).toBe(before);
  });
});
