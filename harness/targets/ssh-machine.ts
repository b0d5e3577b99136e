import { z } from 'zod';
import { GivreError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import { armDeadlineScript, disarmDeadlineScript } from './deadline.ts';

/** How a machine that somebody else owns is used, and how it is left. */

/** `install`: a platform of ours, on a machine that has none. `as found`: what is there is measured. */
export type Use = 'install' | 'as found';

/** Names the run that uses the machine, and until when (seconds since 1970): one at a time. */
const CLAIM = '/etc/givre/run';
/** What takes everything of ours away again, for us and for the machine's own deadline. */
const LEAVE = '/etc/givre/leave';
/** The registry's data. */
const REGISTRY = '/var/lib/registry';
/** Gateway, its metrics, provider, registry, NATS and its monitor, Prometheus. */
const PORTS: Readonly<Record<Use, readonly number[]>> = {
  install: [8080, 8081, 8082, 5000, 4222, 8222, 9090],
  'as found': [5000],
};

const OCCUPANTS: Readonly<Record<Use, readonly string[]>> = {
  install: ['/opt/givre', '/usr/local/bin/faasd', '/var/lib/faasd', REGISTRY],
  'as found': ['/opt/givre', REGISTRY],
};

const INSPECT = `. /etc/os-release; echo "system=$ID $ID_LIKE"
if [ -d /run/systemd/system ]; then echo systemd=yes; fi
if [ -f ${CLAIM} ]; then echo "claim=$(cat ${CLAIM})"; fi
for path in "$@"; do if [ -e "$path" ]; then echo "there=$path"; fi; done
ss -Hltn | awk '{ sub(/.*:/, "", $4); print "listening=" $4 }'`;

/**
 * Looks whether a machine can be used, and claims it for this run; changes nothing but that. What a run that is over by
 * its own time has left there is removed first.
 *
 * @throws GivreError `E_MACHINE_SYSTEM`, `E_MACHINE_IN_USE`, `E_MACHINE_OCCUPIED`, `E_MACHINE_PORT`.
 */
export async function claimMachine(host: Host, use: Use, claim: Claim, progress: (line: string) => void) {
  let state = await inspect(host, use);
  requireSystem(host, state);
  if (state.claim !== undefined) {
    if (state.claim.expiresAtSeconds > Date.now() / 1000) throw inUse(host, state.claim);
    progress(`removing what run ${state.claim.runId} has left on ${host.name}`);
    await leaveMachine(host);
    state = await inspect(host, use);
  }
  requireVacant(host, state);
  requirePorts(host, state, use);
  await makeClaim(host, use, claim);
  try {
    await renewClaim(host, claim);
  } catch (error) {
    await leaveMachine(host).catch(() => {});
    throw error;
  }
}

/** The claim is a file that only one can create; from then on the way back is at hand. */
async function makeClaim(host: Host, use: Use, claim: Claim): Promise<void> {
  const script = `set -e; umask 022; mkdir -p /etc/givre; cat > ${LEAVE}.new
set -C; { echo "$1" > ${CLAIM}; } 2>/dev/null || exit 3
mv ${LEAVE}.new ${LEAVE}`;
  const result = await host.exec(['sh', '-c', script, 'sh', claimLine(claim)], { input: LEAVING[use] });
  if (result.exitCode === 0) return;
  const other = (await inspect(host, use)).claim;
  if (other !== undefined) throw inUse(host, other);
  const message = `claiming ${host.name} for this run failed`;
  throw new GivreError({ code: 'E_HOST_COMMAND', message, hint: result.stderr.trim() });
}

/** Puts off the time at which the machine is cleaned up by itself. */
export async function renewClaim(host: Host, claim: Claim): Promise<void> {
  const script = `echo "$1" > ${CLAIM}\n${armDeadlineScript(claim.expiresAtSeconds, `/bin/sh ${LEAVE}`)}`;
  await command(host, script, [claimLine(claim)], 'E_HOST_COMMAND', 'renewing the claim');
}

/**
 * Takes everything of ours away, the deadline as well.
 *
 * @throws GivreError `E_MACHINE_LEFT`
 */
export async function leaveMachine(host: Host): Promise<void> {
  const script = `if [ -f ${LEAVE} ]; then sh ${LEAVE}; else rm -rf /etc/givre; fi`;
  await command(host, script, [], 'E_MACHINE_LEFT', 'removing everything of ours');
}

interface Claim {
  readonly runId: string;
  readonly expiresAtSeconds: number;
}

const FILES = '/opt/givre.new /opt/givre.old /opt/givre.tar.gz /opt/givre /etc/givre';

/** Of a faasd as found nothing is touched: neither its network nor its firewall rules, which bear the same names as ours. */
const LEAVING: Readonly<Record<Use, string>> = {
  install: `set -e
if [ -x /opt/givre/bin/machine-remove ]; then /opt/givre/bin/machine-remove; fi
rm -rf ${FILES}
${disarmDeadlineScript}
`,
  'as found': `set -e
for unit in /run/systemd/system/givre-*.service; do
  if [ -e "$unit" ]; then systemctl stop "\${unit##*/}"; rm -f "$unit"; fi
done
for program in /proc/[0-9]*/exe; do
  case $(readlink "$program") in /opt/givre/*) pid=\${program%/exe}; kill -KILL "\${pid#/proc/}" || true ;; esac
done
rm -rf ${REGISTRY} /var/log/givre /run/givre ${FILES}
${disarmDeadlineScript}
`,
};

interface MachineState {
  readonly system: string;
  readonly systemd: boolean;
  readonly claim: Claim | undefined;
  readonly there: readonly string[];
  readonly listening: readonly number[];
}

const claimSchema = z.tuple([z.string().min(1), z.coerce.number().int().positive()]);

function claimLine({ runId, expiresAtSeconds }: Claim): string {
  return `${runId} ${expiresAtSeconds}`;
}

async function inspect(host: Host, use: Use): Promise<MachineState> {
  const stdout = await command(host, INSPECT, OCCUPANTS[use], 'E_HOST_COMMAND', 'looking at the machine');
  const all = (name: string) =>
    stdout.split('\n').flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []));
  const claim = claimSchema.safeParse(all('claim')[0]?.split(' '));
  return {
    system: all('system')[0] ?? '',
    systemd: all('systemd').length > 0,
    claim: claim.success ? { runId: claim.data[0], expiresAtSeconds: claim.data[1] } : undefined,
    there: all('there'),
    listening: all('listening').map(Number),
  };
}

function requireSystem(host: Host, { system, systemd }: MachineState): void {
  if (systemd && /\b(debian|ubuntu)\b/.test(system)) return;
  throw new GivreError({
    code: 'E_MACHINE_SYSTEM',
    message: `${host.name} is no Debian or Ubuntu machine with systemd (it is ${system.trim() || 'unknown'})`,
    hint: 'choose Debian 12 or 13 or Ubuntu 22.04 or 24.04',
  });
}

function requireVacant(host: Host, { there }: MachineState): void {
  if (there.length === 0) return;
  const hint = there.includes('/opt/givre')
    ? 'if it is of an earlier run: on the machine, as root: /opt/givre/bin/machine-remove'
    : 'measure what is there with --platform existing, or choose another machine';
  const message = `there is something on ${host.name} already: ${there.join(', ')}`;
  throw new GivreError({ code: 'E_MACHINE_OCCUPIED', message, hint });
}

function requirePorts(host: Host, { listening }: MachineState, use: Use): void {
  const taken = PORTS[use].filter((port) => listening.includes(port));
  if (taken.length === 0) return;
  throw new GivreError({
    code: 'E_MACHINE_PORT',
    message: `port ${taken.join(', ')} of ${host.name} is taken by something else`,
    hint: 'end what listens there (ss -ltnp), or choose another machine',
  });
}

function inUse(host: Host, claim: Claim): GivreError {
  return new GivreError({
    code: 'E_MACHINE_IN_USE',
    message: `${host.name} is used by run ${claim.runId} until ${new Date(claim.expiresAtSeconds * 1000).toISOString()}`,
    hint: `wait for it; if that run is dead: on the machine, as root: sh ${LEAVE}`,
  });
}

async function command(host: Host, script: string, args: readonly string[], code: string, what: string) {
  const result = await host.exec(['sh', '-c', script, 'sh', ...args], { timeoutMs: 180_000 });
  if (result.exitCode === 0) return result.stdout;
  throw new GivreError({ code, message: `${what} failed on ${host.name}`, hint: result.stderr.trim() });
}
