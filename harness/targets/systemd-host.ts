import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GivreError } from '../core/errors.ts';
import type { Host, ServiceSpec } from '../core/host.ts';
import { type RunOptions, type RunResult, runOrFail } from '../core/subprocess.ts';
import type { SshConnection } from '../ssh/connection.ts';
import { deadlineOf } from './deadline.ts';
import { FACTS_SCRIPT, parseFacts } from './machine-facts.ts';
import { environmentFile, LOG_FOLDER, unitFile, unitName } from './systemd-unit.ts';

interface SystemdHostOptions {
  readonly connection: SshConnection;
  /** For messages: "server givre-…". */
  readonly name: string;
  /** Port of the machine → where this process reaches it: `127.0.0.1:49154`, `10.77.0.23:8080`. */
  readonly addresses: ReadonlyMap<number, string>;
  /** For everything that runs there: PATH and where the bundle's programs find their parts. */
  readonly baseEnv: Readonly<Record<string, string>>;
  /** Do units outlive a reboot? */
  readonly persistent: boolean;
  /** Does the machine power itself off when its time is not renewed? Never for a machine that is not ours. */
  readonly powersOff: boolean;
}

/** Deadline of a command on the host that names none. */
const EXEC_MS = 300_000;
const PERSISTENT_UNITS = '/etc/systemd/system';

/** Services' environments may hold passwords. */
const ENVIRONMENTS = '/etc/givre/env';

// The unit and its environment come as variables: on standard input, that is, and in no process list. Only a machine
// with the bundle has what a unit requires. A program that has ended by now was started all the same, and its log tells
// why; from 200 on, exit codes are systemd's own for a program that it could not start.
const START_SCRIPT = `set -e; units=$1 unit=$1/givre-$2.service environment=${ENVIRONMENTS}/$2.env
mkdir -p "$units" ${LOG_FOLDER} /etc/givre
umask 077; mkdir -p ${ENVIRONMENTS}; printf %s "$GIVRE_ENVIRONMENT" > "$environment"
umask 022; printf %s "$GIVRE_UNIT" > "$unit"
unset GIVRE_ENVIRONMENT GIVRE_UNIT
systemctl cat givre-machine.service >/dev/null 2>&1 || sed -i /^Requires=/d "$unit"
systemctl daemon-reload; unit=\${unit##*/}
set +e; systemctl restart "$unit" && exit 0
value() { systemctl show --property="$1" --value "$unit"; }
[ "$(value ExecMainPID)" != 0 ] && [ "$(value ExecMainStatus)" -lt 200 ] && exit 0
systemctl status --no-pager --lines=5 "$unit" >&2; exit 1`;

/** systemd itself waits the 10 s that the unit names. 5: there is no such unit. */
const STOP_SCRIPT = 'systemctl stop "$1"; code=$?; [ "$code" -eq 5 ] || exit "$code"';

/**
 * Freezes, or lets go on, every process of our services and everything that they have started, functions among it. By
 * signals, because the freezer of cgroups is not to be had everywhere (v1 in a container's guest) and functions are in
 * cgroups of their own. What was started while we looked is found by the next round; what is frozen starts nothing, so
 * that one round is enough to let it go on.
 */
const SIGNAL_SCRIPT = `family() {
  grep -lsE '/givre-[^/]*\\.service' /proc/[0-9]*/cgroup | cut -d/ -f3 > "$seeds"
  grep -hsE '^(Pid|PPid):' /proc/[0-9]*/status | awk -v seeds="$seeds" '
    BEGIN { while ((getline pid < seeds) > 0) ours[pid] = 1 }
    /^Pid:/ { pid = $2 } /^PPid:/ { parent[pid] = $2 }
    END { do { more = 0; for (pid in parent) if (!(pid in ours) && (parent[pid] in ours)) { ours[pid] = 1; more = 1 } } while (more)
      for (pid in ours) if (pid in parent) print pid }' | sort
}
seeds=$(mktemp); trap 'rm -f "$seeds"' EXIT; before=none
for round in 1 2 3 4 5 6 7 8; do
  now=$(family); [ "$now" != "$before" ] || exit 0
  [ -z "$now" ] || kill -s "$1" $now 2>/dev/null
  [ "$1" = STOP ] || exit 0
  before=$now
done
echo 'new processes appear faster than they are stopped' >&2; exit 1`;

/** Of the journal only what systemd says of our services: the machine may be somebody's own. */
const PACK_SCRIPT = `work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && mkdir -p ${LOG_FOLDER} || exit 1
journalctl --boot --unit='givre-*' --no-pager --output=short-precise --lines=5000 > "$work/systemd.log" 2>&1
cd ${LOG_FOLDER} && find . -maxdepth 1 -type f -print0 > "$work/names" &&
tar -cf - --ignore-failed-read --null --files-from="$work/names" -C "$work" systemd.log`;

/**
 * From now on the services of a machine start at every boot by themselves, each after those it needs, and whenever they
 * end: for a machine that becomes an image with a platform on it.
 *
 * @throws GivreError `E_HOST_COMMAND`
 */
export async function enableServices(host: Host): Promise<void> {
  const text = `set -e; units=
for unit in ${PERSISTENT_UNITS}/givre-*.service; do
  grep -qs '^X-GivreService=' "$unit" || continue
  sed -i 's/^Restart=no$/Restart=always\\nRestartSec=200ms/' "$unit"
  units="$units \${unit##*/}"
done
[ -n "$units" ] || { echo 'there are no services of ours' >&2; exit 1; }
systemctl daemon-reload; systemctl --quiet enable $units`;
  const result = await host.exec(['sh', '-c', text], { timeoutMs: 60_000 });
  if (result.exitCode === 0) return;
  throw new GivreError({
    code: 'E_HOST_COMMAND',
    message: `the services of ${host.name} cannot be made to start at a boot`,
    hint: result.stderr.trim(),
  });
}

/** A host that is a systemd machine behind SSH. Everything runs there as root. */
export function systemdHost({ connection, name, addresses, baseEnv, persistent, powersOff }: SystemdHostOptions): Host {
  const root = connection.asRoot();
  const units = persistent ? PERSISTENT_UNITS : '/run/systemd/system';
  let paused = false;
  const exec = (argv: readonly string[], options: RunOptions = {}): Promise<RunResult> =>
    root.exec(argv, { timeoutMs: EXEC_MS, ...options, env: { ...baseEnv, ...options.env } });
  const script = async (text: string, args: readonly string[], what: string, options?: RunOptions) => {
    const result = await exec(['sh', '-c', text, 'sh', ...args], options);
    if (result.exitCode === 0) return result;
    throw new GivreError({ code: 'E_HOST_COMMAND', message: `${what} failed on ${name}`, hint: result.stderr.trim() });
  };

  return {
    name,
    exec,
    async upload(localPath, remotePath, mode, signal) {
      await root.upload(localPath, remotePath, { mode, signal });
    },
    async writeFile(remotePath, content, mode) {
      const text = 'umask 077; mkdir -p "$(dirname "$1")"; cat > "$1" && chmod "$2" "$1"';
      await script(text, [remotePath, mode.toString(8)], `writing ${remotePath}`, { input: content });
    },
    async startService(service: ServiceSpec) {
      unitName(service.name);
      const env = {
        GIVRE_ENVIRONMENT: environmentFile({ ...baseEnv, ...service.env }),
        GIVRE_UNIT: unitFile(service, `${ENVIRONMENTS}/${service.name}.env`),
      };
      await script(START_SCRIPT, [units, service.name], `starting ${service.name}`, { env });
    },
    async restartService(service) {
      await script('systemctl restart "$1"', [unitName(service)], `starting ${service} again`);
    },
    async stopService(service) {
      await script(STOP_SCRIPT, [unitName(service)], `stopping ${service}`);
    },
    async serviceLog(service, lines = 15) {
      const result = await exec(['tail', '-n', String(lines), `${LOG_FOLDER}/${service}.log`]);
      return result.stdout.trimEnd();
    },
    async serviceAlive(service) {
      // Asked several times a second during an installation; it needs no root, and sudo costs more than the question.
      const result = await connection.exec(['systemctl', 'is-active', '--quiet', unitName(service)]);
      return result.exitCode === 0;
    },
    open: (argv) => root.open(argv, { env: baseEnv }),
    address(port) {
      const address = addresses.get(port);
      if (address === undefined) throw new Error(`port ${port} of ${name} is not published`);
      return address;
    },
    async facts() {
      return parseFacts((await script(FACTS_SCRIPT, [], 'reading machine facts')).stdout);
    },
    async pause() {
      if (paused) return;
      await script(SIGNAL_SCRIPT, ['STOP'], 'freezing the services');
      paused = true;
    },
    async resume() {
      if (!paused) return;
      await script(SIGNAL_SCRIPT, ['CONT'], 'resuming the services');
      paused = false;
    },
    leases: powersOff ? [deadlineOf(name, exec)] : [],
    async collectLogs(localFolder, signal) {
      await mkdir(localFolder, { recursive: true });
      const work = await mkdtemp(join(tmpdir(), 'givre-logs-'));
      try {
        const archive = join(work, 'logs.tar');
        await root.download(['sh', '-c', PACK_SCRIPT], archive, signal);
        const unpack = ['tar', '-xf', archive, '-C', localFolder, '--no-same-owner', '--no-same-permissions'];
        await runOrFail(unpack, `unpacking the logs of ${name}`, { signal });
      } finally {
        await rm(work, { recursive: true });
      }
    },
  };
}
