import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bundle } from '../core/bundle.ts';
import { GivreError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import { runOrFail } from '../core/subprocess.ts';

/** Agent, floor and registry, with the libraries of the last: a seventh of the bundle. */
const MEMBERS = ['bin/givre-agent', 'bin/givre-floor', 'bin/docker-registry', 'lib'].map((name) => `givre/${name}`);
const ARCHIVE = '/opt/givre.tar.gz';
const UNPACK = `set -e; trap 'rm -f ${ARCHIVE}' EXIT
tar -xzf ${ARCHIVE} -C /opt --no-same-owner
mkdir -p /var/log/givre /run/givre`;

/** Puts onto a machine what every measurement needs, and nothing of a platform. */
export async function placeTools(host: Host, bundle: Bundle, signal: AbortSignal): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'givre-tools-'));
  try {
    const archive = join(folder, 'tools.tar.gz');
    await runOrFail(['tar', '-xzf', bundle.path, '-C', folder, ...MEMBERS], 'taking the tools out', { signal });
    await runOrFail(['tar', '-I', 'gzip -1', '-cf', archive, '-C', folder, 'givre'], 'packing the tools', { signal });
    await host.upload(archive, ARCHIVE, 0o600, signal);
  } finally {
    await rm(folder, { recursive: true });
  }
  const result = await host.exec(['sh', '-c', UNPACK], { signal, timeoutMs: 120_000 });
  if (result.exitCode === 0) return;
  throw new GivreError({
    code: 'E_HOST_COMMAND',
    message: `the programs that measure cannot be put onto ${host.name}`,
    hint: result.stderr.trim(),
  });
}
