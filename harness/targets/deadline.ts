import { GivreError } from '../core/errors.ts';
import type { Host, Lease } from '../core/host.ts';

/**
 * The deadline inside a machine: when nobody has renewed it, it powers itself off, whatever became of us. A timer of
 * systemd, on disk, so that a reboot does not disarm it: 30 s after a boot it looks at the clock again.
 */
const UNITS = '/etc/systemd/system';

/** What a machine does when its time is over: a line of shell. */
const POWER_OFF = 'systemctl --no-block poweroff; sleep 90; systemctl --force --force poweroff';

interface Deadline {
  /** From when the program runs, by the machine's own clock: nobody else's has a say in it. */
  readonly seconds: number;
  /**
   * Not before this time (seconds since 1970, our clock), whatever the machine's clock says: one that boots with a clock
   * which is behind, and sets it afterwards, would be past its deadline at once.
   */
  readonly notBefore?: number;
  /** Without `%`, `$`, `` ` `` and quotes; default: power off, which nobody does to a machine that is not ours. */
  readonly action?: string;
}

/** A shell program, for root on a systemd machine, that arms or re-arms it; `$at` is the time then. For user-data as well. */
export function armDeadlineScript({ seconds, notBefore = 0, action = POWER_OFF }: Deadline): string {
  if (/[%$`'"\\\n]/.test(action)) throw new TypeError(`a unit would read this differently: ${action}`);
  for (const time of [seconds, notBefore + 1]) {
    if (!Number.isSafeInteger(time) || time <= 0) throw new TypeError(`${time} is no time in seconds`);
  }
  return `set -e
at=$(($(date +%s) + ${seconds})); [ "$at" -ge ${notBefore} ] || at=${notBefore}
cat > ${UNITS}/givre-deadline.service.new <<UNIT
[Unit]
Description=givre: nobody has renewed this machine
DefaultDependencies=no
[Service]
Type=oneshot
ExecStart=/bin/sh -c '[ "\\$\\$(date +%%s)" -lt $at ] || { ${action}; }'
UNIT
cat > ${UNITS}/givre-deadline.timer.new <<UNIT
[Unit]
Description=givre: this machine is in use until $(date -u -d "@$at" +%Y-%m-%dT%H:%M:%SZ)
[Timer]
OnCalendar=@$at
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

/** What a machine that powers itself off must be told again and again. The timer in force stays until the next takes over. */
export function deadlineOf(name: string, exec: Host['exec']): Lease {
  return {
    what: `the deadline of ${name}`,
    inside: true,
    renew: (seconds, signal) => root({ name, exec }, armDeadlineScript({ seconds }), 'setting the deadline', signal),
  };
}

/** For a machine that becomes an image: nothing must switch off what is made of it. */
export async function disarmDeadline(host: Host): Promise<void> {
  await root(host, disarmDeadlineScript, 'removing the deadline');
}

async function root(
  { name, exec }: Pick<Host, 'name' | 'exec'>,
  script: string,
  what: string,
  signal?: AbortSignal,
): Promise<void> {
  const result = await exec(['sh', '-c', script], { timeoutMs: 60_000, signal });
  if (result.exitCode === 0) return;
  throw new GivreError({
    code: 'E_HOST_COMMAND',
    message: `${what} failed on ${name}`,
    hint: result.stderr.trim(),
  });
}
