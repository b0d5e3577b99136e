import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Host } from '../core/host.ts';
import { connectSsh } from '../ssh/connect.ts';
import type { SshConnection } from '../ssh/connection.ts';
import { docker, type Sshd, sshdImage, startMachine } from '../ssh/sshd.fixture.ts';
import { waitForSsh } from '../ssh/wait.ts';
import { bundleEnvironment, installBundle, removeBundle } from './bundle.ts';
import { testBundle } from './stock-machine.fixture.ts';
import { enableServices, systemdHost } from './systemd-host.ts';

const signal = AbortSignal.timeout(1_500_000);
/** All that a boot must bring back. */
const NETWORK = `iptables-save -t mangle | grep -v '^[:#]'; ip6tables-save -t mangle | grep -v '^[:#]'; ip rule
ip -o link show dev openfaas0 | sed 's/.* mtu \\([0-9]*\\) .*/MTU \\1/'; cat /proc/sys/net/ipv4/ip_forward`;

describe('a Debian 13 machine with systemd, and the bundle on it', () => {
  let machine: Sshd;
  let connection: SshConnection;
  let host: Host;
  let network: string;

  const on = (over: SshConnection): Host =>
    systemdHost({
      connection: over,
      name: 'the machine',
      addresses: new Map(),
      baseEnv: bundleEnvironment,
      persistent: true,
      powersOff: false,
    });
  const sh = async (script: string): Promise<string> =>
    (await host.exec(['sh', '-c', script], { signal })).stdout.trim();

  beforeAll(async () => {
    const [image, bundle] = [await sshdImage(), await testBundle(signal)];
    // containerd's snapshots cannot lie on the engine's own.
    machine = await startMachine(image, ['--volume=/var/lib/containerd', '--sysctl=net.ipv6.conf.all.disable_ipv6=0']);
    connection = await connectSsh({ address: machine.address() });
    host = on(connection);
    await installBundle({
      host,
      bundle,
      openings: [
        { from: '192.0.2.0/24', port: 8080 },
        { from: '2001:db8::/32', port: 8080 },
      ],
      signal,
      progress: () => {},
    });
    network = await sh(NETWORK);
  });
  afterAll(async () => {
    await connection.close();
    await machine.remove();
  });

  test('guards IPv4 and IPv6, each with its own openings', () => {
    const input = network.split('\n').filter((line) => line.startsWith('-A GIVRE-INPUT'));
    expect(input.filter((line) => line.endsWith('-j DROP'))).toHaveLength(2);
    expect(input.filter((line) => line.includes('-s '))).toEqual([
      '-A GIVRE-INPUT -s 192.0.2.0/24 -p tcp -m tcp --dport 8080 -j RETURN',
      '-A GIVRE-INPUT -s 2001:db8::/32 -p tcp -m tcp --dport 8080 -j RETURN',
    ]);
  });

  test('is guarded and ready for functions after a boot, before anything of ours starts', async () => {
    const probe = `iptables-save -t mangle | grep -c GIVRE-INPUT; ip -o link show dev openfaas0 | wc -l; exec containerd`;
    await host.startService({ name: 'containerd', argv: ['sh', '-c', probe] });
    await enableServices(host);
    await sh('rm /var/log/givre/containerd.log');
    await docker('restart', machine.id);
    const address = await docker('inspect', '--format', '{{.NetworkSettings.IPAddress}}', machine.id);
    connection = await waitForSsh({ address: { ...machine.address(), host: address, port: 22 }, deadlineMs: 30_000 });
    host = on(connection);
    await sh('until ctr --connect-timeout 2s version; do sleep 0.2; done');
    expect((await host.serviceLog('containerd', 1_000)).split('\n').slice(0, 2)).toEqual([
      expect.stringMatching(/[4-9]/),
      '1',
    ]);
    expect(await sh(NETWORK)).toBe(network);
  }, 120_000);

  test('loses units and services with the bundle', async () => {
    await removeBundle(host, signal);
    expect(
      await sh("systemctl list-units --all --plain --no-legend 'givre-*'; ls /etc/systemd/system/ | grep givre"),
    ).toBe('');
    expect(await sh('ls /opt; ls -d /etc/givre /var/lib/givre; ip rule | grep 169; pgrep containerd')).toBe('');
  });
});
