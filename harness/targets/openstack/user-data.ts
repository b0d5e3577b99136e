import type { KeyPair } from '../../ssh/keys.ts';
import { armDeadlineScript } from '../deadline.ts';

interface UserDataOptions {
  /** Who may log in; for the image's default user. */
  readonly loginPublicKey: string;
  /** The key that the machine shows at the first login. Everybody in the project can read it: it is replaced then. */
  readonly hostKey: KeyPair;
  /** Seconds from its first boot until the machine powers itself off, unless somebody renews that. */
  readonly lifeSeconds: number;
}

const DEADLINE_PATH = '/run/givre-deadline.sh';

/**
 * cloud-init's user-data. Everything in it can be read by members of the project and on the machine: it holds no secret
 * that is of use after the first login.
 */
export function userData({ loginPublicKey, hostKey, lifeSeconds }: UserDataOptions): string {
  const deadline = { seconds: lifeSeconds, notBefore: Math.floor(Date.now() / 1000) + lifeSeconds };
  const config = {
    ssh_authorized_keys: [loginPublicKey],
    ssh_pwauth: false,
    ssh_deletekeys: true,
    ssh_keys: { ed25519_private: hostKey.privateKey, ed25519_public: hostKey.publicKey },
    // The machine fetches nothing by itself.
    package_update: false,
    package_upgrade: false,
    write_files: [{ path: DEADLINE_PATH, permissions: '0700', content: armDeadlineScript(deadline) }],
    runcmd: [['sh', DEADLINE_PATH]],
  };
  // JSON is YAML: no quoting rules of our own.
  return `#cloud-config\n${JSON.stringify(config, null, 1)}\n`;
}
