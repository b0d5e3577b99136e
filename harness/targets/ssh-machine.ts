import { z } from 'zod';
import { GivreError } from '../core/errors.ts';
import { type Host, MACHINE_LOST } from '../core/host.ts';
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

/** Exit code that no program there has. */
const NOT_OURS = 97;
/** How long what takes everything away may take. */
const LEAVE_MS = 180_000;

const OCCUPANTS: Readonly<Record<Use, readonly string[]>> = {
  install: ['/opt/givre', '/usr/local/bin/faasd', '/var/lib/faasd', REGISTRY],
  'as found': ['/opt/givre', REGISTRY],
};

const INSPECT = `. /etc/os-release; echo "system=$ID $ID_LIKE"; date +now=%s
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
export async function claimMachine(host: Host, use: Use, wish: Wish, progress: (line: string) => void) {
  let state = await inspect(host, use);
  requireSystem(host, state);
  if (state.claim !== undefined) {
    // By the machine's own clock, as the claim was dated: ours may be hours ahead of it.
    if (!(state.claim.expiresAtSeconds <= state.nowSeconds)) throw inUse(host, state.claim, state.nowSeconds);
    progress(`removing what run ${state.claim.runId} has left on ${host.name}`);
    await leaveMachine(host, state.claim.runId);
    state = await inspect(host, use);
  }
  requireVacant(host, state);
  requirePorts(host, state, use);
  await makeClaim(host, use, wish);
  try {
    await renewClaim(host, wish);
  } catch (error) {
    await leaveMachine(host, wish.runId).catch(() => {});
    throw error;
  }
}

/** The claim is a file that only one can create; from then on the way back is at hand. */
async function makeClaim(host: Host, use: Use, { runId, lifeSeconds }: Wish): Promise<void> {
  const script = `set -e; umask 022; mkdir -p /etc/givre; cat > ${LEAVE}.new
set -C; { echo "$1 $(($(date +%s) + $2))" > ${CLAIM}; } 2>/dev/null || exit 3
mv ${LEAVE}.new ${LEAVE}`;
  const result = await host.exec(['sh', '-c', script, 'sh', runId, String(lifeSeconds)], { input: LEAVING[use] });
  if (result.exitCode === 0) return;
  const { claim: other, nowSeconds } = await inspect(host, use);
  if (other !== undefined) throw inUse(host, other, nowSeconds);
  const message = `claiming ${host.name} for this run failed`;
  throw new GivreError({ code: 'E_HOST_COMMAND', message, hint: result.stderr.trim() });
}

/** Goes no further when the claim is not, or no longer, this run's: `$1`. One that was cut off is nobody's. */
const REQUIRE_OWN = `owner=; read -r owner rest < ${CLAIM}
[ "\${owner:-$1}" = "$1" ] || { echo "$owner" >&2; exit ${NOT_OURS}; }`;

/**
 * Puts off the time at which the machine is cleaned up by itself.
 *
 * @throws GivreError `E_MACHINE_LOST` when the claim has run out meanwhile: the machine has cleaned itself up, or another
 * run uses it.
 */
export async function renewClaim(host: Host, { runId, lifeSeconds }: Wish, signal?: AbortSignal): Promise<void> {
  const deadline = armDeadlineScript({ seconds: lifeSeconds, action: `/bin/sh ${LEAVE}` });
  const script = `[ -f ${CLAIM} ] || exit ${NOT_OURS}
${REQUIRE_OWN}
${deadline}
echo "$1 $at" > ${CLAIM}.new; mv ${CLAIM}.new ${CLAIM}`;
  const result = await host.exec(['sh', '-c', script, 'sh', runId], { timeoutMs: 60_000, signal });
  if (result.exitCode === NOT_OURS) throw lost(host, runId, result.stderr.trim());
  if (result.exitCode === 0) return;
  const message = `renewing the claim failed on ${host.name}`;
  throw new GivreError({ code: 'E_HOST_COMMAND', message, hint: result.stderr.trim() });
}

/**
 * Takes everything of ours away, the deadline as well, unless another run has claimed the machine by now.
 *
 * @throws GivreError `E_MACHINE_LEFT`
 */
export async function leaveMachine(host: Host, runId: string): Promise<void> {
  const script = `if [ -f ${CLAIM} ]; then ${REQUIRE_OWN}; fi
if [ -f ${LEAVE} ]; then sh ${LEAVE}; else rm -rf /etc/givre; fi`;
  const result = await host.exec(['sh', '-c', script, 'sh', runId], { timeoutMs: LEAVE_MS });
  if (result.exitCode === 0 || result.exitCode === NOT_OURS) return;
  const message = `removing everything of ours failed on ${host.name}`;
  throw new GivreError({ code: 'E_MACHINE_LEFT', message, hint: result.stderr.trim() });
}

/** What a run asks for; a claim is what it then has. */
interface Wish {
  readonly runId: string;
  /** From when the machine hears of it, by its clock. */
  readonly lifeSeconds: number;
}

interface Claim {
  readonly runId: string;
  /** Seconds since 1970, by the machine's clock. */
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
  /** Seconds since 1970 by its own clock. */
  readonly nowSeconds: number;
  readonly claim: Claim | undefined;
  readonly there: readonly string[];
  readonly listening: readonly number[];
}

const claimSchema = z.tuple([z.string().min(1), z.coerce.number().int().positive()]);

async function inspect(host: Host, use: Use): Promise<MachineState> {
  const { exitCode, stdout, stderr } = await host.exec(['sh', '-c', INSPECT, 'sh', ...OCCUPANTS[use]]);
  if (exitCode !== 0) {
    const message = `looking at the machine failed on ${host.name}`;
    throw new GivreError({ code: 'E_HOST_COMMAND', message, hint: stderr.trim() });
  }
  const all = (name: string) =>
    stdout.split('\n').flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []));
  const claim = claimSchema.safeParse(all('claim')[0]?.split(' '));
  return {
    system: all('system')[0] ?? '',
    systemd: all('systemd').length > 0,
    nowSeconds: Number(all('now')[0] ?? Number.NaN),
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

function inUse(host: Host, { runId, expiresAtSeconds }: Claim, nowSeconds: number): GivreError {
  const minutes = Math.ceil((expiresAtSeconds - nowSeconds) / 60);
  const until = new Date(expiresAtSeconds * 1000).toISOString();
  return new GivreError({
    code: 'E_MACHINE_IN_USE',
    message: `${host.name} is used by run ${runId} until ${until} of its clock, ${minutes} min from now, or longer`,
    hint: `wait for it; if that run is dead: on the machine, as root: sh ${LEAVE}`,
  });
}

function lost(host: Host, runId: string, other: string): GivreError {
  const whose = other === '' ? 'has cleaned itself up' : `is used by run ${other} now`;
  return new GivreError({
    code: MACHINE_LOST,
    message: `the claim of run ${runId} on ${host.name} has run out, and the machine ${whose}`,
    hint: 'was this process, or the connection to the machine, stopped for hours?',
  });
}
