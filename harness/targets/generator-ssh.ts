import { createInterface } from 'node:readline';
import { GivreError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import type { Scope } from '../core/scope.ts';
import { connectSsh } from '../ssh/connect.ts';
import type { SshAddress, SshConnection } from '../ssh/connection.ts';

/** What a machine must be able to do to send load. */
export type GeneratorHost = Pick<Host, 'name' | 'exec' | 'open' | 'upload' | 'leases'>;

interface GeneratorOverSsh {
  readonly host: GeneratorHost;
  /** Of our own, and gone when we are. */
  readonly folder: string;
}

/**
 * Makes a folder, says where, and removes it when its standard input ends: when we are done, when the connection is lost,
 * and when this process is killed. A machine of somebody else's is left as it was in all three cases.
 */
const KEEPER = `folder=$(mktemp -d /var/tmp/givre-load-XXXXXX) || exit 1
trap 'rm -rf "$folder"' EXIT
echo "$folder"; while read -r _; do :; done`;

const EXEC_MS = 300_000;

/**
 * An existing machine to send load from, as any user who has bash there. Nothing is installed.
 * Whatever is registered with a scope here begins with `machine ` or `connection `.
 */
export async function acquireGeneratorOverSsh(
  { address, jump }: { readonly address: SshAddress; readonly jump: SshAddress | undefined },
  scope: Scope,
  signal: AbortSignal,
): Promise<GeneratorOverSsh> {
  const connection = await connectSsh({ address, jump, signal });
  await scope.defer(`connection to ${connection.name}`, () => connection.close());
  const name = `machine ${connection.name}`;
  const keeper = connection.open(['bash', '-c', KEEPER]);
  let stderr = '';
  keeper.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-2_000);
  });
  let folder = '';
  await scope.defer(name, async () => {
    keeper.stdin.end();
    await keeper.exited;
    if (folder !== '') await requireGone(connection, folder);
  });
  signal.throwIfAborted();
  const first = await createInterface({ input: keeper.stdout })[Symbol.asyncIterator]().next();
  if (first.done === true) throw noFolder(name, stderr);
  folder = first.value;
  const host: GeneratorHost = {
    name,
    exec: (argv, options) => connection.exec(argv, { timeoutMs: EXEC_MS, ...options }),
    open: (argv) => connection.open(argv),
    upload: (localPath, remotePath, mode, until) => connection.upload(localPath, remotePath, { mode, signal: until }),
    // Its folder goes with the connection, not with time.
    leases: [],
  };
  return { host, folder };
}

/** When the connection is lost for good nobody can look, and the machine cleans up by itself. */
async function requireGone(connection: SshConnection, folder: string): Promise<void> {
  const found = await connection.exec(['test', '-e', folder], { timeoutMs: 20_000 }).catch(() => undefined);
  if (found === undefined || found.exitCode !== 0) return;
  throw new GivreError({
    code: 'E_MACHINE_LEFT',
    message: `${folder} could not be removed from ${connection.name}`,
    hint: `there: rm -r ${folder}`,
  });
}

function noFolder(name: string, stderr: string): GivreError {
  return new GivreError({
    code: 'E_HOST_COMMAND',
    message: `no folder for the load generator can be made on ${name}`,
    hint: stderr.trim() || 'it needs bash, and space in /var/tmp',
  });
}
