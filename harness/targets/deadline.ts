import { GivreError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';

/**
 * The deadline inside a machine: when nobody has renewed it, it powers itself off, whatever became of us. A timer of
 * systemd, on disk, so that a reboot does not disarm it: 30 s after a boot it looks at the clock again.
 */
const UNITS = '/etc/systemd/system';

/** What a machine does when its time is over: a line of shell. */
const POWER_OFF = 'systemctl --no-block poweroff; sleep 90; systemctl --force --force poweroff';

/**
 * A shell program, for root on a systemd machine, that arms or re-arms it. For user-data as well.
 *
 * @param action what is done then, without `%`, `$` and quotes; a machine that is not ours is not powered off
 */
export function armDeadlineScript(expiresAtSeconds: number, action = POWER_OFF): string {
  if (/[%$'"\\\n]/.test(action)) throw new TypeError(`a unit would read this differently: ${action}`);
  if (!Number.isSafeInteger(expiresAtSeconds) || expiresAtSeconds <= 0) {
    throw new TypeError(`${expiresAtSeconds} is no time in seconds since 1970`);
  }
  return `set -e
cat > ${UNITS}/givre-deadline.service.new <<'UNIT'
[Unit]
Description=givre: nobody has renewed this machine
DefaultDependencies=no
[Service]
Type=oneshot
ExecStart=/bin/sh -c '[ "$$(date +%%s)" -lt ${expiresAtSeconds} ] || { ${action}; }'
UNIT
cat > ${UNITS}/givre-deadline.timer.new <<'UNIT'
[Unit]
Description=givre: this machine is in use until ${new Date(expiresAtSeconds * 1000).toISOString()}
[Timer]
OnCalendar=@${expiresAtSeconds}
OnBootSec=30
AccuracySec=1s
[Install]
WantedBy=timers.target
UNIT
mv ${UNITS}/givre-deadline.service.new ${UNITS}/givre-deadline.service
mv ${UNITS}/givre-deadline.timer.new ${UNITS}/givre-deadline.timer
systemctl daemon-reload
systemctl enable --quiet givre-deadline.timer
systemctl restart givre-deadline.timer`;
}

/** A shell program that takes it away again. */
export const disarmDeadlineScript = `systemctl disable --quiet --now givre-deadline.timer 2>/dev/null || true
rm -f ${UNITS}/givre-deadline.timer ${UNITS}/givre-deadline.service
systemctl daemon-reload`;

/**
 * Powers the machine off at a time (seconds since 1970), instead of one set before. The timer in force stays until the
 * new one takes its place.
 */
export async function armDeadline(host: Host, expiresAtSeconds: number): Promise<void> {
  await root(host, armDeadlineScript(expiresAtSeconds), 'setting the deadline');
}

/** For a machine that becomes an image: nothing must switch off what is made of it. */
export async function disarmDeadline(host: Host): Promise<void> {
  await root(host, disarmDeadlineScript, 'removing the deadline');
}

async function root(host: Host, script: string, what: string): Promise<void> {
  const result = await host.exec(['sh', '-c', script], { timeoutMs: 60_000 });
  if (result.exitCode === 0) return;
  throw new GivreError({
    code: 'E_HOST_COMMAND',
    message: `${what} failed on ${host.name}`,
    hint: result.stderr.trim(),
  });
}
