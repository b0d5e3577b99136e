import type { ServiceSpec } from '../core/host.ts';

export const LOG_FOLDER = '/var/log/givre';

/** `givre-<name>.service`. @throws TypeError for a name that systemd or a path would read differently. */
export function unitName(service: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(service)) throw new TypeError(`"${service}" is no name for a service`);
  return `givre-${service}.service`;
}

/**
 * The unit file of a service.
 *
 * Requires: nothing listens before the machine's network is guarded (for machines that have the bundle; see `systemdHost`).
 * Delegate: containerd makes cgroups below its own. KillMode=process: containers and their shims live on when containerd
 * ends, as with containerd's own unit. OOMScoreAdjust: functions go first when memory runs out. env finds the program by
 * the PATH of the environment file, which systemd itself would not.
 */
export function unitFile(service: ServiceSpec, environmentFile: string): string {
  const needs = (service.after ?? []).map(unitName).join(' ');
  return `[Unit]
Description=givre: ${service.name}
X-GivreService=${service.name}
After=network.target givre-machine.service ${needs}
Requires=givre-machine.service
Wants=${needs}
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=${['/usr/bin/env', '--', ...service.argv].map(unitArgument).join(' ')}
${service.cwd === undefined ? '' : `WorkingDirectory=${service.cwd.replaceAll('%', '%%')}\n`}EnvironmentFile=${environmentFile}
StandardOutput=append:${LOG_FOLDER}/${service.name}.log
StandardError=inherit
Restart=no
KillMode=process
TimeoutStopSec=10
Delegate=yes
TasksMax=infinity
LimitNOFILE=1048576
LimitNPROC=infinity
OOMScoreAdjust=-500

[Install]
WantedBy=multi-user.target
`;
}

/** One word of `ExecStart=`, exactly: neither specifiers, variables, escapes nor separators are seen in it. */
function unitArgument(text: string): string {
  if (text.includes('\0')) throw new TypeError('an argument cannot hold a NUL character');
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('%', '%%')
    .replaceAll('$', '$$$$')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is meant
    .replace(/[\x01-\x1f\x7f]/g, (it) => `\\x${it.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return `"${escaped}"`;
}

/** The content of an `EnvironmentFile=`. Within double quotes only these four are escaped; a line end is itself. */
export function environmentFile(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new TypeError(`"${name}" is no name of a variable`);
      if (value.includes('\0')) throw new TypeError(`the value of ${name} holds a NUL character`);
      return `${name}="${value.replace(/["\\`$]/g, '\\$&')}"\n`;
    })
    .join('');
}
