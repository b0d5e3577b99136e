import { z } from 'zod';
import type { Bundle } from '../core/bundle.ts';
import { GivreError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';

const BUNDLE_DIGEST = '/opt/givre/.bundle';
/** What the scripts of the bundle and the waits of the platforms call, and every stock image has. */
const PROGRAMS = ['awk', 'bash', 'gzip', 'ip', 'pgrep', 'sha256sum', 'tar', 'timeout'] as const;
/** For logs, images and layers of a first function; a run with large functions needs more. */
const HEADROOM_BYTES = 256 * 2 ** 20;

const CHECK = `echo "architecture=$(uname -m)"
echo "digest=$(cat ${BUNDLE_DIGEST} 2>/dev/null)"
echo "freeKb=$(df -Pk /opt | sed -n '2s/^[^ ]* *[0-9]* *[0-9]* *\\([0-9]*\\).*/\\1/p')"
if [ -e /opt/cni/bin ] && ! [ -e /opt/cni/bin/.givre ]; then echo 'occupied=CNI plugins in /opt/cni/bin'; fi
if [ -S /run/containerd/containerd.sock ] && ! [ -e ${BUNDLE_DIGEST} ]; then echo 'occupied=a containerd'; fi
for program in "$@"; do command -v "$program" >/dev/null || echo "lacks=$program"; done`;

const stateSchema = z.object({
  architecture: z.string().min(1),
  /** Of the bundle that is on the machine; empty when there is none. */
  digest: z.string(),
  freeKb: z.coerce.number().int(),
});

export interface MachineState {
  readonly digest: string;
  readonly freeBytes: number;
}

/**
 * Looks whether a machine can take the bundle; changes nothing.
 *
 * @throws GivreError `E_MACHINE_ARCHITECTURE`, `E_MACHINE_DISK`, `E_MACHINE_OCCUPIED`, `E_MACHINE_PROGRAM`.
 */
export async function inspectMachine(host: Host, bundle: Bundle, signal: AbortSignal): Promise<MachineState> {
  const result = await host.exec(['sh', '-c', CHECK, 'sh', ...PROGRAMS], { signal, timeoutMs: 60_000 });
  const lines = result.stdout
    .split('\n')
    .map((line) => [line.split('=')[0] ?? '', line.replace(/^[^=]*=/, '')] as const);
  const all = (name: string): readonly string[] => lines.flatMap(([key, value]) => (key === name ? [value] : []));
  const state = stateSchema.parse(Object.fromEntries(lines));
  const freeBytes = state.freeKb * 1024;
  requireArchitecture(host, bundle, state.architecture);
  requirePrograms(host, all('lacks'));
  requireVacant(host, all('occupied'));
  if (state.digest !== bundle.digest) requireSpace(host, bundle, freeBytes);
  return { digest: state.digest, freeBytes };
}

function requireArchitecture(host: Host, bundle: Bundle, architecture: string): void {
  if (architecture === bundle.architecture) return;
  throw new GivreError({
    code: 'E_MACHINE_ARCHITECTURE',
    message: `${host.name} is an ${architecture} machine, and what is built here runs on ${bundle.architecture}`,
    hint: `choose a machine of that architecture, or run givre on an ${architecture} machine`,
  });
}

function requirePrograms(host: Host, lacks: readonly string[]): void {
  if (lacks.length === 0) return;
  throw new GivreError({
    code: 'E_MACHINE_PROGRAM',
    message: `${host.name} lacks ${lacks.join(', ')}`,
    hint: 'use a stock cloud image of Debian 12 or 13 or Ubuntu 22.04 or 24.04, or install them on it',
  });
}

function requireVacant(host: Host, occupied: readonly string[]): void {
  if (occupied.length === 0) return;
  throw new GivreError({
    code: 'E_MACHINE_OCCUPIED',
    message: `somebody else's installation is on ${host.name}: ${occupied.join(' and ')}`,
    hint: 'measure what is there with --platform existing, or choose a machine without containerd and CNI plugins',
  });
}

/** While it unpacks, the archive and all that is in it are there. */
function requireSpace(host: Host, bundle: Bundle, freeBytes: number): void {
  const neededBytes = bundle.sizeBytes + bundle.unpackedBytes + HEADROOM_BYTES;
  if (freeBytes >= neededBytes) return;
  const mib = (bytes: number): number => Math.round(bytes / 2 ** 20);
  throw new GivreError({
    code: 'E_MACHINE_DISK',
    message: `disk full on ${host.name}: ${mib(neededBytes)} MiB are needed in /opt, ${mib(freeBytes)} MiB are free`,
    hint: 'choose a flavor with a larger disk, boot from a volume, or make room',
  });
}
