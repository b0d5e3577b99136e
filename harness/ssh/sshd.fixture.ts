import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '../core/paths.ts';
import { poll } from '../core/poll.ts';
import { runOrFail } from '../core/subprocess.ts';
import { buildImage } from '../images/build.ts';
import type { SshAddress } from './connection.ts';
import { type KeyPair, newKeyPair } from './keys.ts';
import { waitForSsh } from './wait.ts';

/** A real OpenSSH server in a container of its own. */
export interface Sshd {
  readonly id: string;
  /** Its address within Docker's network, for a jump host. */
  readonly inside: string;
  readonly port: number;
  readonly hostKey: KeyPair;
  /** How the user logs in; `user` is `tester` (may sudo), `plain` (may not) or `root`. */
  address(user?: string): SshAddress;
  docker(...args: readonly string[]): Promise<string>;
  /** What sshd has written so far. */
  log(): Promise<string>;
  /** Lets sshd read its configuration and keys again; the logins that there are go on. */
  reload(): Promise<void>;
  remove(): Promise<void>;
}

export const clientKey = newKeyPair();

export async function docker(...args: readonly string[]): Promise<string> {
  const { stdout } = await runOrFail(['docker', ...args], `docker ${args[0]}`, { timeoutMs: 120_000 });
  return stdout.trim();
}

export async function sshdImage(): Promise<string> {
  const folder = join(repositoryRoot, 'ci/images/sshd-tests');
  const inputs = [{ from: join(folder, 'systemd-machine'), to: 'systemd-machine' }];
  const bases = { BASE: 'debian:trixie-slim' };
  const dockerfile = join(folder, 'Dockerfile');
  return (await buildImage({ name: 'sshd-tests', dockerfile, inputs, bases })).tag;
}

/** What systemd needs of the engine, as words of `docker create`, and the command that starts it. */
const SYSTEMD = {
  options: [
    ...['SYS_ADMIN', 'NET_ADMIN', 'SYS_PTRACE'].map((name) => `--cap-add=${name}`),
    ...['seccomp=unconfined', 'apparmor=unconfined', 'systempaths=unconfined'].map((it) => `--security-opt=${it}`),
    ...['--cgroupns=private', '--tmpfs=/run:exec', '--tmpfs=/tmp:exec', '--stop-signal=SIGRTMIN+3'],
  ],
  command: ['systemd-machine'],
};

/** A whole machine: systemd, and sshd as one of its services. */
export function startMachine(image: string, options: readonly string[] = []): Promise<Sshd> {
  return startSshd(image, [...SYSTEMD.options, ...options], SYSTEMD.command);
}

/** `options` are words of `docker create`. */
export async function startSshd(
  image: string,
  options: readonly string[] = [],
  command: readonly string[] = [],
): Promise<Sshd> {
  const hostKey = newKeyPair();
  const id = await docker('create', '--publish=127.0.0.1::22', ...options, image, ...command);
  const folder = await mkdtemp(join(tmpdir(), 'givre-sshd-'));
  try {
    await writeFile(join(folder, 'host_key'), hostKey.privateKey);
    await writeFile(join(folder, 'authorized_keys'), `${clientKey.publicKey}\n`);
    await docker('cp', `${folder}/.`, `${id}:/keys/`);
  } finally {
    await rm(folder, { recursive: true });
  }
  await docker('start', id);
  const port = Number((await docker('port', id, '22/tcp')).split(':').pop());
  const address = (user = 'tester'): SshAddress => ({
    host: '127.0.0.1',
    port,
    user,
    privateKeys: [clientKey.privateKey],
    hostKeys: [hostKey.publicKey],
  });
  const log = async () => (await runOrFail(['docker', 'logs', id], 'reading the log')).stderr;
  await (await waitForSsh({ address: address(), deadlineMs: 30_000, everyMs: 100 })).close();
  return {
    id,
    inside: await docker('inspect', '--format', '{{.NetworkSettings.IPAddress}}', id),
    port,
    hostKey,
    address,
    docker: (...args) => docker('exec', id, ...args),
    log,
    async reload() {
      const times = async () => (await log()).match(/Server listening on 0\.0\.0\.0/g)?.length ?? 0;
      const before = await times();
      await docker('exec', id, 'kill', '-HUP', '1');
      await poll(
        async () => ((await times()) > before ? { done: true, value: undefined } : { done: false, seen: await log() }),
        { what: 'sshd to have started again', deadlineMs: 10_000 },
      );
    },
    remove: async () => {
      await docker('rm', '--force', '--volumes', id);
    },
  };
}
