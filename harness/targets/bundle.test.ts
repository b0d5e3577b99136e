import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bundle } from '../core/bundle.ts';
import type { Host } from '../core/host.ts';
import { Scope } from '../core/scope.ts';
import { controlPlatform } from '../platforms/control/index.ts';
import { type GatewayClient, gatewayClient } from '../platforms/gateway-client.ts';
import { publishTiny, testMachine, withMachine } from '../platforms/machine.fixture.ts';
import { bundleEnvironment, guardNetwork, installBundle, type Opening, removeBundle } from './bundle.ts';
import { stockMachineImage, testBundle, withEnvironment } from './stock-machine.fixture.ts';

const signal = AbortSignal.timeout(1_500_000);
const quiet = { signal, progress: () => {} };
const FOREIGN_FILE = '/etc/cni/net.d/99-somebody.conflist';
/** The engine switches it off. */
const IPV6 = 'echo 0 > /proc/sys/net/ipv6/conf/all/disable_ipv6';
/** faasd's own network configuration as far as it matters here: it names no MTU. */
const BRIDGE_OF_FAASD = {
  cniVersion: '0.4.0',
  name: 'openfaas-cni-bridge',
  type: 'bridge',
  bridge: 'openfaas0',
  isGateway: true,
  ipMasq: true,
  ipam: { type: 'host-local', subnet: '10.62.0.0/16', dataDir: '/var/run/cni', routes: [{ dst: '0.0.0.0/0' }] },
};
/** Everything that installing, running and removing could leave or take: files, links, routes, rules, processes. */
const EVERYTHING = `find / -xdev \\( -path /proc -o -path /sys -o -path /tmp -o -path /var/lib/registry \\) -prune -o -print | sort
ip -o link | sed 's/.*: \\([^@:]*\\).* mtu \\([0-9]*\\).*/\\1 \\2/'; ip rule; ip route; cat /proc/sys/net/ipv4/ip_forward
awk '{ print $2 }' /proc/mounts; ps -eo stat,args | grep -v '^Z' | grep -vE ' (ps|sh|sort|grep|awk) '`;

let image: string;
let bundle: Bundle;
beforeAll(async () => {
  image = await stockMachineImage(signal);
  bundle = await testBundle(signal);
});

async function sh(host: Host, script: string): Promise<string> {
  const result = await host.exec(['bash', '-c', script], { signal });
  if (result.exitCode !== 0) throw new Error(`${script}: exit code ${result.exitCode}\n${result.stderr}`);
  return result.stdout.trim();
}

async function connects(host: Host, address: string, port: number, inNamespaceOf?: number): Promise<boolean> {
  return (await connecting(host, address, port, inNamespaceOf)) === 'taken';
}

/** Refused, or swallowed: then nothing at all comes back for two seconds. */
async function connecting(
  host: Host,
  address: string,
  port: number,
  inNamespaceOf?: number,
): Promise<'taken' | 'refused' | 'swallowed'> {
  const enter = inNamespaceOf === undefined ? [] : ['nsenter', '--net', '--target', String(inNamespaceOf)];
  const { exitCode } = await host.exec([...enter, 'timeout', '2', 'bash', '-c', `: < /dev/tcp/${address}/${port}`]);
  if (exitCode === 0) return 'taken';
  return exitCode === 124 ? 'swallowed' : 'refused';
}

/** Answers every connection by a statement of Perl, which knows it as `$c`, until the machine goes. */
async function listen(host: Host, port: number, answer = ''): Promise<void> {
  const socket = `IO::Socket::INET->new(LocalPort => ${port}, Listen => 5, ReuseAddr => 1)`;
  const server = `use IO::Socket::INET; $SIG{PIPE} = "IGNORE"; my $s = ${socket} or die; while (my $c = $s->accept) { ${answer} }`;
  await sh(host, `setsid perl -e '${server}' > /dev/null 2>&1 &`);
  await sh(host, `for i in $(seq 50); do : < /dev/tcp/127.0.0.1/${port} && exit; sleep 0.1; done 2>/dev/null; exit 1`);
}

describe('a stock Debian 12 machine on a network of MTU 1450, with the bundle on it', () => {
  const scope = new Scope();
  let bare: Host;
  let host: Host;
  let neighbour: Host;
  let address: string;
  let neighbourAddress: string;
  let openings: Opening[];
  let client: GatewayClient;
  let functionPid: number;
  let before: string;

  beforeAll(async () => {
    bare = await testMachine(scope, image, 'stock', signal);
    neighbour = await testMachine(scope, image, 'neighbour', signal);
    host = withEnvironment(bare, bundleEnvironment);
    const ownAddress = "ip -4 -o address show dev eth0 | sed 's/.* inet \\([0-9.]*\\).*/\\1/'";
    [address, neighbourAddress] = [await sh(bare, ownAddress), await sh(neighbour, ownAddress)];
    const here = await sh(bare, "ip -4 route show default | sed 's/.*via \\([0-9.]*\\).*/\\1/'");
    openings = [8080, 5000].map((port) => ({ from: `${here}/32`, port }));
    await sh(
      bare,
      `ip link set eth0 mtu 1450; echo 0 > /proc/sys/net/ipv4/ip_forward; mkdir -p "$(dirname ${FOREIGN_FILE})"; echo '{}' > ${FOREIGN_FILE}`,
    );
    await sh(bare, `${IPV6}; ip address add fd00:9::1/64 dev eth0 nodad`);
    await sh(neighbour, `${IPV6}; ip address add fd00:9::2/64 dev eth0 nodad`);
    await listen(bare, 7777);
    before = await sh(bare, EVERYTHING);
    expect((await bare.exec(['sh', '-c', 'command -v containerd runc iptables ctr'])).stdout).toBe('');

    await installBundle({ host, bundle, openings, ...quiet });
    const installation = await controlPlatform().install(scope, host, signal, quiet.progress);
    client = gatewayClient(installation, { signal });
    await client.deploy({ service: 'tiny', image: await publishTiny(host.address(5000)) });
    functionPid = Number(/^tiny\s+(\d+)/m.exec(await sh(host, 'ctr -n openfaas-fn task ls'))?.[1]);
  }, 180_000);
  afterAll(async () => expect(await scope.close()).toEqual([]));

  test('answers a function call', async () => {
    const answer = await client.invoke('tiny', { method: 'POST', path: '/a', body: 'ping' });
    expect([answer.status, Buffer.from(answer.body).toString()]).toEqual([200, 'POST /a ping']);
  });

  test('gives bridge and functions the MTU of its network, and carries large bodies', async () => {
    const mtu = "sed 's/.* mtu \\([0-9]*\\) .*/\\1/'";
    expect(await sh(host, `ip -o link show dev openfaas0 | ${mtu}`)).toBe('1450');
    const inside = `nsenter --net --target ${functionPid} ip -o link show dev eth0 | ${mtu}`;
    expect(await sh(host, inside)).toBe('1450');
    const body = Buffer.alloc(4 * 2 ** 20, 'givre ');
    const answer = await client.invoke('tiny', { method: 'POST', path: '/', body });
    expect(Buffer.from(answer.body).equals(Buffer.concat([Buffer.from('POST / '), body]))).toBe(true);
  });

  test('carries large downloads to functions that a platform leaves at 1500 bytes, as faasd does', async () => {
    const bytes = 8 * 2 ** 20;
    await listen(neighbour, 7778, `print $c "x" x ${bytes}`);
    // One packet at a time, as on a wire; between containers the kernel would hand over larger pieces, of any MTU.
    await sh(neighbour, 'ip link set dev eth0 gso_max_segs 1');
    const pid = await sh(host, 'setsid unshare --net sleep 600 > /dev/null 2>&1 & echo $!');
    await sh(
      host,
      `export CNI_COMMAND=ADD CNI_CONTAINERID=like-faasd CNI_NETNS=/proc/${pid}/ns/net CNI_IFNAME=eth0
      CNI_PATH=/opt/cni/bin /opt/cni/bin/bridge <<< '${JSON.stringify(BRIDGE_OF_FAASD)}'`,
    );
    const inside = `nsenter --net --target ${pid}`;
    expect(await sh(host, `${inside} ip -o link show dev eth0`)).toContain('mtu 1500');
    expect(await sh(host, 'ip -o link show dev openfaas0')).toContain('mtu 1450');
    const download = `${inside} timeout 10 bash -c 'wc -c < /dev/tcp/${neighbourAddress}/7778'`;
    expect(await sh(host, download)).toBe(String(bytes));
    // The network drops what is too large, and says nothing: without the guard's clamp the same download hangs.
    await sh(host, 'iptables -t mangle -F GIVRE-FORWARD');
    expect((await host.exec(['bash', '-c', download])).exitCode).toBe(124);
    await guardNetwork(host, openings, signal);
    await sh(host, `kill ${pid}`);
  });

  test('is not sent the same bundle twice', async () => {
    const lines: string[] = [];
    await installBundle({ host, bundle, openings, signal, progress: (line) => lines.push(line) });
    expect(lines).toEqual(['the bundle is there already']);
  });

  test('is prepared again without a difference, as at a boot', async () => {
    const state = async () => await sh(host, "iptables-save -t mangle | grep -v '^[:#]'; ip rule; ip -o link");
    const first = await state();
    await guardNetwork(host, openings, signal);
    expect(await state()).toBe(first);
    expect(first).toContain('GIVRE-INPUT');
  });

  test('lets a neighbour reach what it serves by itself, and of ours only what was opened', async () => {
    await sh(neighbour, `ip route add 10.62.0.0/16 via ${address}`);
    const functionAddress = await sh(host, 'basename "$(grep -l ^tiny /var/run/cni/openfaas-cni-bridge/10*)"');
    const ours = [8080, 8081, 8082, 5000, 4222, 9090];
    for (const port of ours) expect([port, await connects(host, '127.0.0.1', port)]).toEqual([port, true]);
    expect(await connects(host, functionAddress, 8080)).toBe(true);
    expect(await connects(neighbour, address, 7777)).toBe(true);
    const reached = await Promise.all(ours.map((port) => connects(neighbour, address, port)));
    expect(reached).toEqual(ours.map(() => false));
    expect(await connects(neighbour, functionAddress, 8080)).toBe(false);

    await guardNetwork(host, [...openings, { from: `${neighbourAddress}/32`, port: 8080 }], signal);
    expect(await connects(neighbour, address, 8080)).toBe(true);
    expect(await connects(neighbour, address, 5000)).toBe(false);
    await guardNetwork(host, openings, signal);
    expect(await connects(neighbour, address, 8080)).toBe(false);
  });

  test('is guarded against neighbours on IPv6 too', async () => {
    expect(await connects(host, '::1', 8080)).toBe(true);
    expect(await connects(neighbour, 'fd00:9::1', 8080)).toBe(false);
    await guardNetwork(host, [...openings, { from: 'fd00:9::2', port: 8080 }], signal);
    expect(await connects(neighbour, 'fd00:9::1', 8080)).toBe(true);
    await guardNetwork(host, openings, signal);
  });

  test('reaches the metadata service itself, while its functions do not', async () => {
    await sh(neighbour, 'ip address add 169.254.169.254/32 dev lo');
    await listen(neighbour, 8775);
    await sh(host, `ip route add 169.254.169.254 via ${neighbourAddress}`);
    expect(await connects(host, '169.254.169.254', 8775)).toBe(true);
    expect(await connects(host, neighbourAddress, 8775, functionPid)).toBe(true);
    // Not swallowed: nothing in a function waits for it.
    expect(await connecting(host, '169.254.169.254', 8775, functionPid)).toBe('refused');
    await sh(host, 'ip rule delete pref 100');
    expect(await connects(host, '169.254.169.254', 8775, functionPid)).toBe(true);
    await guardNetwork(host, openings, signal);
    expect(await connects(host, '169.254.169.254', 8775, functionPid)).toBe(false);
    await sh(host, 'ip route delete 169.254.169.254');
  });

  test('is as it was before when the bundle has been removed, whatever still ran', async () => {
    expect(await sh(bare, EVERYTHING)).not.toBe(before);
    await removeBundle(bare, signal);
    expect((await sh(bare, EVERYTHING)).split('\n')).toEqual(before.split('\n'));
    expect(before).toContain(FOREIGN_FILE);
    // Nothing is left to remove.
    await removeBundle(bare, signal);
  });
});

describe('a machine that cannot take the bundle', () => {
  test.each([
    [
      'of another architecture',
      ':',
      (it: Bundle) => ({ ...it, architecture: 's390x' }),
      'E_MACHINE_ARCHITECTURE',
      /s390x/,
    ],
    [
      'with too little room',
      'mount -t tmpfs -o size=64m none /opt',
      (it: Bundle) => it,
      'E_MACHINE_DISK',
      /disk full on .* \d+ MiB are needed in \/opt, 64 MiB are free/,
    ],
    [
      'with CNI plugins of somebody else',
      'mkdir -p /opt/cni/bin',
      (it: Bundle) => it,
      'E_MACHINE_OCCUPIED',
      /CNI plugins/,
    ],
    ['without a program that we need', 'rm /usr/bin/pgrep', (it: Bundle) => it, 'E_MACHINE_PROGRAM', /lacks pgrep/],
    [
      'where another file arrives',
      ':',
      (it: Bundle) => ({ ...it, digest: `sha256:${'0'.repeat(64)}` }),
      'E_BUNDLE_DAMAGED',
      /not the one that was sent/,
    ],
  ])('%s says so and is left as it is', async (_what, spoil, change, code, message) => {
    await withMachine(image, 'spoilt', async (host) => {
      await sh(host, spoil);
      const before = await sh(host, EVERYTHING);
      const installing = installBundle({ host, bundle: change(bundle), ...quiet });
      await expect(installing).rejects.toMatchObject({ code, message: expect.stringMatching(message), exitCode: 4 });
      expect(await sh(host, EVERYTHING)).toBe(before);
    });
  });

  test('is not touched for an opening that is neither address nor CIDR', async () => {
    await withMachine(image, 'opening', async (host) => {
      const openings = [{ from: '0.0.0.0/0 -j ACCEPT', port: 8080 }];
      const before = await sh(host, EVERYTHING);
      const installing = installBundle({ host, bundle, openings, ...quiet });
      await expect(installing).rejects.toMatchObject({ code: 'E_ALLOW_FROM', exitCode: 2 });
      expect(await sh(host, EVERYTHING)).toBe(before);
    });
  });
});
