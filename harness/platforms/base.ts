import { GivreError } from '../core/errors.ts';
import { commandSucceeds, portOpen, type Start, startAndWait } from './starting.ts';

/** What either platform stands on: containerd, CNI plugins, and a registry that containerd trusts. */

const CONTAINERD_SOCKET = '/run/containerd/containerd.sock';
/**
 * The machine on the bridge of functions, and of core services that run in containers: what those are to reach listens
 * here. It exists from the first of them on.
 */
export const BRIDGE_ADDRESS = '10.62.0.1';
const REQUIRED_PLUGINS = ['bridge', 'host-local', 'loopback', 'firewall'] as const;

const JOURNALD = '/usr/lib/systemd/systemd-journald';
/** What writes to the journal writes here. */
const JOURNAL_SOCKET = '/run/systemd/journal/socket';

// The CRI plugin is Kubernetes' way in: unused here, and it would read and watch the CNI configuration too.
const CONTAINERD_CONFIG = `version = 2
disabled_plugins = ["io.containerd.grpc.v1.cri"]

[grpc]
  address = "${CONTAINERD_SOCKET}"
`;

const registryConfig = (address: string): string => `version: 0.1
log:
  level: warn
  accesslog:
    disabled: true
storage:
  filesystem:
    rootdirectory: /var/lib/registry
  delete:
    enabled: true
http:
  addr: ${address}
`;

/** Starts containerd and waits until it answers. */
export async function startContainerd(start: Start): Promise<void> {
  const config = '/etc/givre/containerd.toml';
  await Promise.all([start.host.writeFile(config, CONTAINERD_CONFIG, 0o644), prepareNetwork(start)]);
  await startAndWait(
    start,
    { name: 'containerd', argv: ['containerd', '--config', config] },
    commandSucceeds(`[ -S ${CONTAINERD_SOCKET} ] && ctr --connect-timeout 2s version`),
  );
}

/**
 * Starts a journal where the machine has none: containers have no systemd, but its journald runs by itself, and faasd
 * logs nowhere else. A machine without the program stays without logs of faasd's services.
 */
export async function startJournal(start: Start): Promise<void> {
  const look = `[ -S ${JOURNAL_SOCKET} ] && exit 3; [ -x ${JOURNALD} ] || exit 3; mkdir -p /run/systemd/journal /var/log/journal`;
  const { exitCode } = await start.host.exec(['sh', '-c', look], { signal: start.signal, timeoutMs: 20_000 });
  if (exitCode !== 0) return;
  await startAndWait(start, { name: 'journald', argv: [JOURNALD] }, commandSucceeds(`[ -S ${JOURNAL_SOCKET} ]`));
}

/**
 * Starts the registry from which the machine pulls. containerd takes plain HTTP from 127.0.0.0/8 only. By default it
 * listens on every address: the container target publishes the port on the harness' loopback, other machines guard it.
 */
export async function startRegistry(start: Start, address = '0.0.0.0:5000'): Promise<void> {
  const config = '/etc/givre/registry.yml';
  await start.host.writeFile(config, registryConfig(address), 0o644);
  await startAndWait(start, { name: 'registry', argv: ['docker-registry', 'serve', config] }, portOpen(5000));
}

async function prepareNetwork({ host, signal }: Start): Promise<void> {
  const script = `for p in ${REQUIRED_PLUGINS.join(' ')}; do [ -x "/opt/cni/bin/$p" ] || { echo "$p" >&2; exit 3; }; done
echo 1 > /proc/sys/net/ipv4/ip_forward || { echo "cannot switch on ip_forward" >&2; exit 4; }`;
  const result = await host.exec(['sh', '-c', script], { signal, timeoutMs: 20_000 });
  if (result.exitCode === 0) return;
  const missing = result.exitCode === 3;
  throw new GivreError({
    code: missing ? 'E_CNI_MISSING' : 'E_HOST_COMMAND',
    message: missing
      ? `${host.name} lacks the CNI plugin ${result.stderr.trim()} in /opt/cni/bin`
      : `${host.name} cannot forward packets to functions: ${result.stderr.trim()}`,
    hint: missing ? 'install the CNI plugins (Debian: containernetworking-plugins) and copy them there' : undefined,
  });
}
