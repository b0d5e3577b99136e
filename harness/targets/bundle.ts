import { z } from 'zod';
import type { Bundle } from '../core/bundle.ts';
import { GivreError, usageError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import type { Progress } from '../core/platform.ts';
import { inspectMachine, type MachineState } from './bundle-check.ts';

const HOME = '/opt/givre';
const ARCHIVE = '/opt/givre.tar.gz';
const OPENINGS = '/etc/givre/openings';
/** A guest without hardware help takes about a minute to unpack it. */
const UNPACK_MS = 300_000;
const PREPARE_MS = 120_000;
const REMOVE_MS = 120_000;

/** For every command and service on a machine that has the bundle: where its programs are, and their parts. */
export const bundleEnvironment: Readonly<Record<string, string>> = {
  PATH: `${HOME}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
  XTABLES_LIBDIR: `${HOME}/lib/xtables`,
};

/** One port of a platform that somebody else than the machine itself may reach. */
export interface Opening {
  /** Address or CIDR, IPv4 or IPv6. */
  readonly from: string;
  readonly port: number;
}

interface BundleWork {
  readonly host: Host;
  readonly bundle: Bundle;
  readonly openings?: readonly Opening[];
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/**
 * Puts the bundle onto a machine, unless the same one is there already, and makes the machine fit for a platform now
 * and at every boot: folders, CNI plugins, forwarding, the functions' bridge with the MTU of the machine's network, and
 * a guard for it (see `guardNetwork`).
 *
 * @throws GivreError `E_MACHINE_ARCHITECTURE`, `E_MACHINE_DISK`, `E_MACHINE_OCCUPIED`, `E_MACHINE_PROGRAM` before
 * anything is changed; `E_BUNDLE_DAMAGED`, `E_MACHINE_PREPARE`.
 */
export async function installBundle(work: BundleWork): Promise<void> {
  const { host, bundle, signal, progress } = work;
  const openings = openingsFile(work.openings ?? []);
  const state = await inspectMachine(host, bundle, signal);
  if (state.digest === bundle.digest) {
    progress('the bundle is there already');
  } else {
    await uploadBundle(work, state);
  }
  await prepare(host, openings, 'machine-install', signal);
}

/**
 * From now on, and after every boot: functions cannot reach the metadata service; gateway, provider, registry, NATS and
 * Prometheus are reached from the machine itself and its functions only, apart from the openings; nobody reaches
 * functions by a route through the machine. SSH and whatever else the machine serves stay as they are.
 *
 * @throws GivreError `E_MACHINE_PREPARE`; `E_ALLOW_FROM` (usage).
 */
export async function guardNetwork(host: Host, openings: readonly Opening[], signal: AbortSignal): Promise<void> {
  await prepare(host, openingsFile(openings), 'machine-prepare', signal);
}

/**
 * Takes away what installing the bundle, running a platform and its functions left on a machine, and nothing that was
 * there before. What of ours still runs there is ended.
 *
 * @throws GivreError `E_MACHINE_LEFT`.
 */
export async function removeBundle(host: Host, signal?: AbortSignal): Promise<void> {
  // An installation that did not get far has left no more than these.
  const script = `if [ -x ${HOME}/bin/machine-remove ]; then ${HOME}/bin/machine-remove; fi
rm -rf ${HOME}.new ${HOME}.old ${ARCHIVE} ${HOME} /etc/givre`;
  const result = await host.exec(['sh', '-ec', script], { signal, timeoutMs: REMOVE_MS });
  if (result.exitCode === 0) return;
  throw new GivreError({
    code: 'E_MACHINE_LEFT',
    message: `not everything of ours could be removed from ${host.name}: ${result.stderr.trim()}`,
    hint: `on the machine, as root: ${HOME}/bin/machine-remove`,
  });
}

const UNPACK = `set -e
trap 'rm -rf ${HOME}.new ${ARCHIVE}' EXIT
echo "$1  ${ARCHIVE}" | sha256sum --check --status || exit 3
rm -rf ${HOME}.new ${HOME}.old
mkdir ${HOME}.new
tar -xzf ${ARCHIVE} -C ${HOME}.new --strip-components=1 --no-same-owner
echo "sha256:$1" > ${HOME}.new/.bundle
if [ -e ${HOME} ]; then mv ${HOME} ${HOME}.old; fi
mv ${HOME}.new ${HOME}
rm -rf ${HOME}.old`;

async function uploadBundle({ host, bundle, signal, progress }: BundleWork, state: MachineState): Promise<void> {
  const began = performance.now();
  const seconds = (): string => `${((performance.now() - began) / 1000).toFixed(1)} s`;
  progress(`uploading the bundle, ${Math.round(bundle.sizeBytes / 1e6)} MB`);
  await host.upload(bundle.path, ARCHIVE, 0o600, signal);
  progress(`bundle uploaded after ${seconds()}`);
  const digest = bundle.digest.replace('sha256:', '');
  const result = await host.exec(['sh', '-c', UNPACK, 'sh', digest], { signal, timeoutMs: UNPACK_MS });
  if (result.exitCode !== 0) {
    throw new GivreError({
      code: 'E_BUNDLE_DAMAGED',
      message:
        result.exitCode === 3
          ? `the bundle that arrived on ${host.name} is not the one that was sent`
          : `the bundle cannot be unpacked on ${host.name}: ${result.stderr.trim()}`,
      hint: `${Math.round(state.freeBytes / 2 ** 20)} MiB were free in /opt before`,
    });
  }
  progress(`bundle unpacked after ${seconds()}`);
}

async function prepare(host: Host, openings: string, script: string, signal: AbortSignal): Promise<void> {
  await host.writeFile(OPENINGS, openings, 0o644);
  const result = await host.exec([`${HOME}/bin/${script}`], { signal, timeoutMs: PREPARE_MS });
  if (result.exitCode === 0) return;
  throw new GivreError({
    code: 'E_MACHINE_PREPARE',
    message: `${host.name} cannot be prepared for a platform: ${result.stderr.trim()}`,
    hint: `on the machine, as root: ${HOME}/bin/${script}`,
  });
}

const sourceSchema = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);

/** A line for each: address or CIDR, and port. */
function openingsFile(openings: readonly Opening[]): string {
  return openings
    .map(({ from, port }) => {
      if (sourceSchema.safeParse(from).success) return `${from} ${port}\n`;
      throw usageError('E_ALLOW_FROM', `"${from}" is neither an address nor a CIDR`, 'for instance 192.0.2.0/24');
    })
    .join('');
}
