import { GivreError } from '../../core/errors.ts';
import type { SshConnection } from '../../ssh/connection.ts';
import { parsePublicKey } from '../../ssh/keys.ts';
import { armDeadlineScript } from '../deadline.ts';

/** The new key is made on the machine, so that its private part was never anywhere else. */
const ROTATE = `set -e
key=/etc/ssh/ssh_host_ed25519_key
rm -f $key.new $key.new.pub
ssh-keygen -q -t ed25519 -N '' -C '' -f $key.new
mv $key.new.pub $key.pub
mv $key.new $key
# Ends when the new sshd listens; open connections stay.
if systemctl cat ssh.service >/dev/null 2>&1; then systemctl restart ssh.service; else systemctl restart sshd.service; fi
cat $key.pub`;

/**
 * Replaces the host key that came by user-data, which all of the project can read, by one that nobody else has seen.
 * Returns the new public key.
 *
 * @throws GivreError `E_HOST_KEY_ROTATION`
 */
export async function rotateHostKey(connection: SshConnection, signal: AbortSignal): Promise<string> {
  const result = await connection.asRoot().exec(['sh', '-c', ROTATE], { signal, timeoutMs: 60_000 });
  if (result.exitCode === 0) {
    const publicKey = result.stdout.trim().split('\n').at(-1) ?? '';
    parsePublicKey(publicKey);
    return publicKey;
  }
  throw new GivreError({
    code: 'E_HOST_KEY_ROTATION',
    message: `the host key of ${connection.name} cannot be replaced: ${result.stderr.trim()}`,
    hint: 'the user must be able to sudo without a password, and the image must have systemd and OpenSSH',
  });
}

/** 0 is well, 2 is well but for warnings (cloud-init 23.4 and later). */
const CLOUD_INIT_WELL = [0, 2];

/**
 * Waits until cloud-init has done all that it was told, the deadline of the machine among it, and makes sure of that.
 *
 * @throws GivreError `E_CLOUD_INIT`
 */
export async function waitForCloudInit(
  connection: SshConnection,
  { lifeSeconds, deadlineMs, signal }: { lifeSeconds: number; deadlineMs: number; signal: AbortSignal },
): Promise<void> {
  const root = connection.asRoot();
  const waited = await root.exec(['cloud-init', 'status', '--wait', '--long'], { signal, timeoutMs: deadlineMs });
  if (!CLOUD_INIT_WELL.includes(waited.exitCode)) {
    throw new GivreError({
      code: 'E_CLOUD_INIT',
      message: `cloud-init failed on ${connection.name} (exit code ${waited.exitCode})`,
      hint: `${waited.stdout}${waited.stderr}`.trim(),
    });
  }
  const script = `systemctl is-active --quiet givre-deadline.timer || {\n${armDeadlineScript({ seconds: lifeSeconds })}\n}`;
  const armed = await root.exec(['sh', '-c', script], { signal, timeoutMs: 60_000 });
  if (armed.exitCode === 0) return;
  throw new GivreError({
    code: 'E_CLOUD_INIT',
    message: `the machine behind ${connection.name} has no deadline by which it powers itself off`,
    hint: armed.stderr.trim(),
  });
}
