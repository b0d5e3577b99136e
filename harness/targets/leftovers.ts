import { z } from 'zod';
import { run, runOrFail } from '../core/subprocess.ts';

/** Labels that every container of ours carries from its creation on. */
export const labelNames = {
  run: 'givre.run',
  machine: 'givre.machine',
  /** Seconds since 1970, engine's clock; a live run renews it in {@link EXPIRY_FILE}, because labels cannot change. */
  expires: 'givre.expires',
} as const;

/** On the container's disk, not in its /run: it can be read and written while the container is frozen. */
const EXPIRY_FILE = '/var/lib/givre/expires';
const ENGINE_MS = 20_000;

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

/**
 * The engine's clock, by which its containers expire whoever looks: milliseconds since 1970, or null where it does not
 * tell. The engine may run on another machine than this process.
 */
export async function engineNowMs(signal?: AbortSignal): Promise<number | null> {
  const told = await run(['docker', 'info', '--format', '{{.SystemTime}}'], { signal, timeoutMs: ENGINE_MS });
  const ms = Date.parse(told.stdout.trim());
  return told.exitCode === 0 && !Number.isNaN(ms) ? ms : null;
}

/** When what is made or renewed now is over: seconds since 1970, by the engine's clock where it tells. */
export async function engineExpiryAfter(seconds: number, signal?: AbortSignal): Promise<number> {
  return Math.floor(((await engineNowMs(signal)) ?? Date.now()) / 1000) + seconds;
}

/** Everything by which `reap` recognises what a run has left behind, for what is made now and lives so many seconds. */
export async function leftoverLabels(
  { runId, machine, seconds }: { readonly runId: string; readonly machine: string; readonly seconds: number },
  signal?: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  return {
    [labelNames.run]: runId,
    [labelNames.machine]: machine,
    [labelNames.expires]: String(await engineExpiryAfter(seconds, signal)),
  };
}

/**
 * Writes a later expiry into a container of ours, as a file that is copied from outside: nothing runs in it, and it may
 * be frozen.
 *
 * @throws GivreError `E_PROGRAM_FAILED`, `E_PROGRAM_TIMEOUT`
 */
export async function renewExpiry(containerId: string, expiresAtSeconds: number, signal?: AbortSignal): Promise<void> {
  const archive = tarOf(EXPIRY_FILE.slice(1), String(expiresAtSeconds));
  const argv = ['docker', 'cp', '-', `${containerId}:/`];
  await runOrFail(argv, `renewing the expiry of container ${containerId}`, {
    input: archive,
    signal,
    timeoutMs: ENGINE_MS,
  });
}

/** A tar archive (POSIX ustar) of one small file: a header of 512 bytes, its content padded to 512, two empty blocks. */
function tarOf(path: string, content: string): Uint8Array {
  const archive = Buffer.alloc(512 * 4);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  archive.write(path, 0);
  archive.write(octal(0o644, 7), 100);
  archive.write(octal(0, 7), 108);
  archive.write(octal(0, 7), 116);
  archive.write(octal(content.length, 11), 124);
  archive.write(octal(0, 11), 136);
  // The checksum is taken with its own field full of spaces.
  archive.write('        0ustar\u000000', 148);
  const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  archive.write(`${octal(sum, 6)} `, 148);
  archive.write(content, 512);
  return archive;
}

async function renewedExpiry(containerId: string, signal: AbortSignal | undefined): Promise<number> {
  // A tar archive of one small file: a header of 512 bytes, then its content.
  const archive = await run(['docker', 'cp', `${containerId}:${EXPIRY_FILE}`, '-'], { signal, timeoutMs: 10_000 });
  return archive.exitCode === 0 ? Number(/^\d+/.exec(archive.stdout.slice(512))?.[0] ?? 0) : 0;
}
