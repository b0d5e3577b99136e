import { randomUUID } from 'node:crypto';
import { GivreError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import type { Scope } from '../core/scope.ts';
import { BRIDGE_ADDRESS } from './base.ts';
import { commandSucceeds, type Start } from './starting.ts';

/** Apart from functions and core services, so that nothing that looks at those sees it. */
const NAMESPACE = 'givre';

export interface KvServer {
  /** Keeps the server from answering, while it still takes connections. */
  whileSilent<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * Starts the key-value server that the workload `kv` talks to, from an image in the machine's registry: an optional core
 * service that only functions reach. A function must be deployed before, because its network brings the address.
 */
export async function startKv(scope: Scope, { host, signal }: Start, image: string): Promise<KvServer> {
  const id = `kv-${randomUUID().slice(0, 8)}`;
  const ctr = (...args: readonly string[]): Promise<void> => onHost(host, ['ctr', '--namespace', NAMESPACE, ...args]);
  await ctr('images', 'pull', '--plain-http', image);
  await scope.defer(`key-value server ${id}`, async () => {
    await ctr('tasks', 'kill', '--signal', 'SIGKILL', id);
    await ctr('tasks', 'delete', '--force', id).catch(() => {});
    await ctr('containers', 'delete', id);
  });
  signal.throwIfAborted();
  const argv = [
    'valkey-server',
    '--bind',
    BRIDGE_ADDRESS,
    '--save',
    '',
    '--appendonly',
    'no',
    '--protected-mode',
    'no',
  ];
  await ctr('run', '--detach', '--net-host', image, id, ...argv);
  const { probe, deadlineMs } = commandSucceeds(`: < /dev/tcp/${BRIDGE_ADDRESS}/6379`);
  const loop = `until (${probe}) 2>/dev/null; do sleep 0.05; done`;
  await onHost(host, ['timeout', String(deadlineMs / 1000), 'bash', '-c', loop]);
  return {
    async whileSilent(work) {
      await ctr('tasks', 'pause', id);
      try {
        return await work();
      } finally {
        await ctr('tasks', 'resume', id);
      }
    },
  };
}

async function onHost(host: Host, argv: readonly string[]): Promise<void> {
  const result = await host.exec(argv, { timeoutMs: 120_000 });
  if (result.exitCode === 0) return;
  throw new GivreError({
    code: 'E_HOST_COMMAND',
    message: `${argv.slice(0, 5).join(' ')} failed on ${host.name} with exit code ${result.exitCode}`,
    hint: result.stderr.trim(),
  });
}
