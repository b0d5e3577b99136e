import { homedir } from 'node:os';
import type { Platform, Progress } from '../core/platform.ts';
import { publish } from '../functions/registry.ts';
import { controlPlatform } from '../platforms/control/index.ts';
import type { CoreImages } from '../platforms/faasd/compose.ts';
import { faasdPlatform } from '../platforms/faasd/install.ts';
import { type FaasdBinary, faasdCacheDir, obtainFaasd } from '../platforms/faasd/obtain.ts';
import type { PlatformRecord } from '../runs/schema.ts';
import type { CoreServiceImages, RunImages } from './images.ts';
import type { Plan } from './plan.ts';
import type { PlannedPlatform } from './platform-choice.ts';

/** A platform whose parts are at hand. */
export interface ObtainedPlatform {
  readonly platform: Platform;
  readonly record: PlatformRecord;
}

interface ObtainWork {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** Gets every platform's own program, and gives each a label that is unique within the run. */
export async function obtainPlatforms(
  plan: Plan,
  images: RunImages,
  work: ObtainWork,
): Promise<readonly ObtainedPlatform[]> {
  const obtained: ObtainedPlatform[] = [];
  for (const planned of plan.platforms) {
    obtained.push(planned.kind === 'control' ? control(planned) : await faasd(planned, plan, images, obtained, work));
  }
  return obtained;
}

function control({ label, defects, like }: Extract<PlannedPlatform, { kind: 'control' }>): ObtainedPlatform {
  return {
    platform: controlPlatform({ label, defects, ...(like === undefined ? {} : { like }) }),
    record: {
      label,
      kind: 'control',
      version: 'of this checkout',
      defects: [...(like === undefined ? [] : [`like-${like}`]), ...defects],
      source: 'harness/platforms/control/provider',
      digest: null,
      digestStatus: 'built-here',
      unsupported: [],
    },
  };
}

async function faasd(
  { path }: Extract<PlannedPlatform, { kind: 'faasd' }>,
  plan: Plan,
  images: RunImages,
  others: readonly ObtainedPlatform[],
  work: ObtainWork,
): Promise<ObtainedPlatform> {
  const cacheDir = faasdCacheDir(process.env, homedir());
  const binary = await obtainFaasd({ path, cacheDir, acceptCeEula: plan.options.acceptCeEula, ...work });
  const plain = `faasd ${binary.version}`;
  const same = others.filter((other) => other.record.label.startsWith(plain)).length;
  const label = same === 0 ? plain : `${plain} (${same + 1})`;
  const publishCoreImages = (registry: string, signal: AbortSignal): Promise<CoreImages> =>
    publishAll(images.core, registry, signal);
  return { platform: faasdPlatform({ binary, label, publishCoreImages }), record: faasdRecord(label, binary) };
}

function faasdRecord(label: string, binary: FaasdBinary): PlatformRecord {
  return {
    label,
    kind: 'faasd',
    version: binary.version,
    defects: [],
    source: binary.source,
    digest: binary.digest,
    digestStatus: binary.digestStatus,
    unsupported: [],
  };
}

async function publishAll(core: CoreServiceImages | undefined, registryHost: string, signal: AbortSignal): Promise<CoreImages> {
  if (core === undefined) throw new Error('faasd was planned without its core services');
  const one = async (name: string, id: string): Promise<string> =>
    (await publish(id, { registryHost, repository: `givre/${name}`, signal })).ref;
  return {
    gateway: await one('gateway', core.gateway.id),
    queueWorker: await one('queue-worker', core.queueWorker.id),
    natsStreaming: await one('nats-streaming', core.natsStreaming.id),
    prometheus: await one('prometheus', core.prometheus.id),
  };
}
