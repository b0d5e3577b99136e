import { GivreError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import type { SecretFiles } from '../core/platform.ts';
import { disarmDeadline } from './deadline.ts';

const UNITS = '/etc/systemd/system';

/**
 * What must not be in an image that other machines are made of: who may log in, by which keys the machine is known, the
 * gateway's password, what cloud-init was told (our host key among it), logs, leases, the armed power-off. All of it is
 * made anew at the first boot: by cloud-init, by the DHCP client, by us once logged in, and the password by
 * `givre-first-boot.service`. The login that does this stays open, but would not be let in again.
 */
const SCRUB = `set -eu
secrets=$1
rm -f "$secrets/basic-auth-user" "$secrets/basic-auth-password"
rm -f /root/.ssh/* /home/*/.ssh/* /root/.*_history /home/*/.*_history /etc/ssh/ssh_host_*
cloud-init clean --logs >/dev/null 2>&1 || true
rm -rf /var/lib/cloud/instance /var/lib/cloud/instances /var/lib/cloud/data /var/lib/cloud/sem /run/cloud-init
rm -rf /var/lib/dhcp/* /var/lib/NetworkManager/* /run/systemd/netif/leases/* /tmp/* /var/tmp/*
rm -rf /var/log/journal/* /run/log/journal/*
find /var/log -type f -exec truncate -s 0 {} +
: > /etc/machine-id
rm -f /var/lib/dbus/machine-id /var/lib/systemd/random-seed
sync`;

/** Makes the password anew where there is none, before anything of ours starts. */
const FIRST_BOOT = `#!/bin/sh
set -eu
umask 077
folder=$1 owner=$2
[ ! -s "$folder/basic-auth-password" ] || exit 0
mkdir -p "$folder"
printf admin > "$folder/basic-auth-user"
head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \\n' > "$folder/basic-auth-password.new"
chown "$owner" "$folder/basic-auth-user" "$folder/basic-auth-password.new"
mv "$folder/basic-auth-password.new" "$folder/basic-auth-password"
`;

function firstBootUnit({ folder, owner }: SecretFiles): string {
  return `[Unit]
Description=givre: what a machine made of our image must have for itself alone
Before=givre-machine.service
After=local-fs.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/opt/givre/bin/first-boot ${folder} ${owner}

[Install]
WantedBy=multi-user.target
`;
}

/**
 * Becomes active when the gateway first answers: the machine itself dates the end of the platform's start, whenever
 * somebody comes to ask.
 */
const ANSWERING = `[Unit]
Description=givre: the gateway answers
After=givre-machine.service

[Service]
Type=oneshot
RemainAfterExit=yes
TimeoutStartSec=infinity
ExecStart=/bin/bash -c 'until { exec 3<>/dev/tcp/127.0.0.1/8080 && printf "GET /healthz HTTP/1.0\\r\\n\\r\\n" >&3 && read -r line <&3 && [[ $$line == *" 200 "* ]]; } 2>/dev/null; do sleep 0.05; done'

[Install]
WantedBy=multi-user.target
`;

/**
 * Turns a machine with a running platform into what an image can be taken of. Afterwards it is fit for nothing else.
 *
 * @throws GivreError `E_HOST_COMMAND`
 */
export async function sealMachine(host: Host, secrets: SecretFiles): Promise<void> {
  await host.writeFile('/opt/givre/bin/first-boot', FIRST_BOOT, 0o755);
  await host.writeFile(`${UNITS}/givre-first-boot.service`, firstBootUnit(secrets), 0o644);
  await host.writeFile(`${UNITS}/givre-answering.service`, ANSWERING, 0o644);
  const units = 'givre-first-boot.service givre-answering.service';
  await onHost(host, `systemctl daemon-reload; systemctl --quiet enable ${units}`, [], 'preparing the first boot');
  // What ran keeps files open and writes to them until it ends; its tasks end with the machine.
  await onHost(host, "systemctl stop 'givre-*.service'", [], 'stopping the platform');
  await disarmDeadline(host);
  await onHost(host, SCRUB, [secrets.folder], 'removing what must not be in an image');
}

async function onHost(host: Host, script: string, args: readonly string[], what: string): Promise<void> {
  const result = await host.exec(['sh', '-c', script, 'sh', ...args], { timeoutMs: 120_000 });
  if (result.exitCode === 0) return;
  throw new GivreError({
    code: 'E_HOST_COMMAND',
    message: `${what} failed on ${host.name}`,
    hint: result.stderr.trim(),
  });
}
