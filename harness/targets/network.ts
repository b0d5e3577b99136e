import { GivreError } from '../core/errors.ts';
import type { Scope } from '../core/scope.ts';
import { run, runOrFail } from '../core/subprocess.ts';
import { labelNames } from './leftovers.ts';

/** A network of ours, of whatever run. */
export interface OurNetwork {
  readonly name: string;
  readonly runId: string;
  readonly machine: string;
  readonly expiresAtSeconds: number;
}

const ENGINE_MS = 60_000;

/** Makes a network of the local engine that leads nowhere but to this machine. Removal is registered before. */
export async function createNetwork(
  scope: Scope,
  name: string,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  await scope.defer(`network ${name}`, () => removeNetwork(name));
  const flags = Object.entries(labels).map(([key, value]) => `--label=${key}=${value}`);
  const argv = ['docker', 'network', 'create', '--internal', ...flags, name];
  await runOrFail(argv, `creating the network ${name}`, { timeoutMs: ENGINE_MS });
}

/** Removes a network and verifies that it is gone. */
export async function removeNetwork(name: string): Promise<void> {
  const removed = await run(['docker', 'network', 'rm', name], { timeoutMs: ENGINE_MS });
  const left = await run(['docker', 'network', 'ls', '--quiet', '--filter', `name=^${name}$`], {
    timeoutMs: ENGINE_MS,
  });
  if (left.exitCode === 0 && left.stdout.trim() === '') return;
  throw new GivreError({
    code: 'E_NETWORK_LEFT',
    message: `the network ${name} is still there`,
    hint: removed.stderr.trim(),
  });
}

/** All networks that carry our mark. */
export async function listOurNetworks(): Promise<readonly OurNetwork[]> {
  const { run: runId, machine, expires } = labelNames;
  const columns = ['{{.Name}}', ...[runId, machine, expires].map((label) => `{{.Label "${label}"}}`)];
  const argv = ['docker', 'network', 'ls', '--filter', `label=${runId}`, '--format', columns.join('\t')];
  const { stdout } = await runOrFail(argv, 'listing networks', { timeoutMs: ENGINE_MS });
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [name = '', ofRun = '', ofMachine = '', expiresAt = ''] = line.split('\t');
    // Without an expiry of its own a network never expires.
    const expiresAtSeconds = expiresAt === '' ? Number.POSITIVE_INFINITY : Number(expiresAt);
    return { name, runId: ofRun, machine: ofMachine, expiresAtSeconds };
  });
}
