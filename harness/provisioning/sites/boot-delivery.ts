import { wallClockNs } from '../../core/clock.ts';
import { GivreError } from '../../core/errors.ts';
import type { Host } from '../../core/host.ts';
import { type Look, poll } from '../../core/poll.ts';
import { manifestAt } from '../../functions/manifest.ts';
import { publish } from '../../functions/registry.ts';
import { type BuiltFunction, repositoryOf } from '../artifacts/functions.ts';

/**
 * What was just written would be read from memory, and what lies on the disk of a machine that has booted is not. With
 * no data to copy GNU dd writes the file back and asks the kernel to forget its pages, as its manual has it; of the
 * registry's files alone, because the programs that the boot has read stay as they are.
 */
const FORGET = `find /var/lib/registry -type f -exec \\
  dd of={} oflag=nocache conv=notrunc,fdatasync count=0 status=none \\;`;
const FORGET_MS = 120_000;
const REGISTRY_MS = 60_000;

interface DeliveryWork {
  readonly host: Host;
  readonly built: BuiltFunction;
  /** By which it will be deployed. */
  readonly image: string;
  /** Wall clock when the machine was asked for. */
  readonly sentNs: bigint;
  readonly signal: AbortSignal;
}

/** When, in nanoseconds after the machine was asked for, and what did not go as it should. */
interface Delivery {
  readonly begunNs: number;
  readonly doneNs: number;
  readonly warnings: readonly string[];
}

/**
 * Puts a function's image into the registry of a machine that has just booted, from which the platform pulls it as from
 * any other, and leaves it on the disk only.
 *
 * @throws GivreError `E_REGISTRY_ANSWER` when it became another image on the way, and what `publish` throws.
 */
export async function deliverForSample({ host, built, image, sentNs, signal }: DeliveryWork): Promise<Delivery> {
  const place = { registryHost: host.address(5000), repository: repositoryOf(built.fn.name) };
  await untilRegistry(place, signal);
  const begunNs = Number(wallClockNs() - sentNs);
  const { ref } = await publish(built.imageId, { ...place, signal });
  if (ref !== image) {
    throw new GivreError({
      code: 'E_REGISTRY_ANSWER',
      message: `the image of ${built.fn.name} is ${ref} on ${host.name}, and ${image} on the others`,
    });
  }
  const { exitCode, stderr } = await host.exec(['sh', '-c', FORGET], { signal, timeoutMs: FORGET_MS });
  const warnings = exitCode === 0 ? [] : [`the function’s image may be read from memory: ${stderr.trim()}`];
  return { begunNs, doneNs: Number(wallClockNs() - sentNs), warnings };
}

/** It comes up beside the gateway, and a start would have to wait for it as well: this is no part of the delivery. */
async function untilRegistry(place: { registryHost: string; repository: string }, signal: AbortSignal): Promise<void> {
  const look = async (): Promise<Look<void>> => {
    try {
      await manifestAt({ ...place, tag: 'none' }, signal);
      return { done: true, value: undefined };
    } catch (error) {
      if (error instanceof GivreError && error.code === 'E_REGISTRY_DOWN') return { done: false, seen: error.message };
      throw error;
    }
  };
  await poll(look, { what: 'the registry of a machine that has booted', deadlineMs: REGISTRY_MS, everyMs: 50, signal });
}
