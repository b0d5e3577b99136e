import { z } from 'zod';
import { run, runOrFail } from '../core/subprocess.ts';

/** Labels that every container of ours carries from its creation on. */
export const labelNames = {
  run: 'givre.run',
  machine: 'givre.machine',
  /** Seconds since 1970; a live run renews it in {@link EXPIRY_FILE}, because labels cannot change. */
  expires: 'givre.expires',
} as const;

/** On the container's disk, not in its /run: it can then be read while the container is frozen. */
const EXPIRY_FILE = '/var/lib/givre/expires';

/** A container of ours, of whatever run. */
export interface OurContainer {
  readonly id: string;
  readonly name: string;
  readonly runId: string;
  readonly machine: string;
  readonly expiresAtSeconds: number;
}

const inspectSchema = z.array(
  z.object({ Id: z.string(), Name: z.string(), Config: z.object({ Labels: z.record(z.string(), z.string()) }) }),
);

/** All containers that carry our mark, running or not. */
export async function listOurContainers(signal?: AbortSignal): Promise<readonly OurContainer[]> {
  const ids = await runOrFail(
    ['docker', 'ps', '-aq', '--no-trunc', '--filter', `label=${labelNames.run}`],
    'listing containers',
    { signal, timeoutMs: 20_000 },
  );
  const list = ids.stdout.split('\n').filter((id) => id !== '');
  if (list.length === 0) return [];
  // A container that ends between the two commands makes inspect fail but is still listed by what it did find.
  const inspected = await run(['docker', 'inspect', '--type', 'container', ...list], { signal, timeoutMs: 20_000 });
  return Promise.all(
    inspectSchema.parse(JSON.parse(inspected.stdout)).map(async (it) => {
      const labels = it.Config.Labels;
      const renewed = await renewedExpiry(it.Id, signal);
      return {
        id: it.Id,
        name: it.Name.replace(/^\//, ''),
        runId: labels[labelNames.run] ?? '',
        machine: labels[labelNames.machine] ?? '',
        // Without an expiry of its own a container never expires.
        expiresAtSeconds: Math.max(Number(labels[labelNames.expires] ?? Number.POSITIVE_INFINITY), renewed),
      };
    }),
  );
}

/** Writes a later expiry into a running container of ours. */
export async function renewExpiry(containerId: string, expiresAtSeconds: number): Promise<void> {
  await run(['docker', 'exec', '-i', containerId, 'sh', '-c', `cat > ${EXPIRY_FILE}`], {
    input: String(expiresAtSeconds),
    timeoutMs: 10_000,
  });
}

async function renewedExpiry(containerId: string, signal: AbortSignal | undefined): Promise<number> {
  // A tar archive of one small file: a header of 512 bytes, then its content.
  const archive = await run(['docker', 'cp', `${containerId}:${EXPIRY_FILE}`, '-'], { signal, timeoutMs: 10_000 });
  return archive.exitCode === 0 ? Number(/^\d+/.exec(archive.stdout.slice(512))?.[0] ?? 0) : 0;
}
