import { homedir } from 'node:os';
import type { Platform, Progress } from '../core/platform.ts';
import { publish } from '../functions/registry.ts';
import type { Plan } from '../planning/plan.ts';
import type { PlannedPlatform } from '../planning/platform-choice.ts';
import type { CoreImages } from '../platforms/compose.ts';
import { coreInContainers } from '../platforms/control/defects.ts';
import { controlPlatform } from '../platforms/control/index.ts';
import { existingPlatform } from '../platforms/existing.ts';
import { faasdPlatform } from '../platforms/faasd/install.ts';
import { type FaasdBinary, faasdCacheDir, isCe, obtainFaasd } from '../platforms/faasd/obtain.ts';
import { upstreamCoreImages } from '../platforms/faasd/upstream-images.ts';
import type { PlatformRecord } from '../runs/schema.ts';
import type { CoreServiceImages } from './artifacts/images.ts';

/** A platform whose parts are at hand. */
export interface ObtainedPlatform {
  readonly platform: Platform;
  readonly record: PlatformRecord;
  /** Of the core services that it runs in containers: ids of images of ours, or upstream's references. */
  readonly coreImages: readonly string[];
}

/** Stands in a record until the platform itself has said its version. */
export const AS_FOUND = 'as found';

interface ObtainWork {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** Gets faasd's programs; the control's is part of the machine image. Comes first, because mistakes show here. */
export async function obtainBinaries(plan: Plan, work: ObtainWork): Promise<ReadonlyMap<PlannedPlatform, FaasdBinary>> {
  const cacheDir = faasdCacheDir(process.env, homedir());
  const binaries = new Map<PlannedPlatform, FaasdBinary>();
  for (const planned of plan.platforms) {
    if (planned.kind !== 'faasd') continue;
    const { acceptCeEula } = plan.options;
    binaries.set(planned, await obtainFaasd({ path: planned.path, cacheDir, acceptCeEula, ...work }));
  }
  return binaries;
}

/** What of a plan says which platforms there are, and what they are made of. */
interface PlatformsPlan extends Pick<Plan, 'platforms'> {
  readonly options: Pick<Plan['options'], 'coreServices' | 'acceptCeEula'>;
}

/** Every planned platform, ready to be installed, each with a label that is unique within the run. */
export function describePlatforms(
  plan: PlatformsPlan,
  binaries: ReadonlyMap<PlannedPlatform, FaasdBinary>,
  core: CoreServiceImages | undefined,
  /** What the target cannot do, whatever the platform. */
  unsupported: readonly PlatformRecord['unsupported'][number][],
): readonly ObtainedPlatform[] {
  const obtained: ObtainedPlatform[] = [];
  const describe = (planned: PlannedPlatform): ObtainedPlatform => {
    switch (planned.kind) {
      case 'control':
        return control(planned, core);
      case 'existing':
        return existing();
      case 'faasd':
        return faasd(binaries.get(planned), plan, core, obtained);
    }
  };
  for (const planned of plan.platforms) {
    const { record, ...rest } = describe(planned);
    obtained.push({ ...rest, record: { ...record, unsupported: [...record.unsupported, ...unsupported] } });
  }
  return obtained;
}

function control(
  { label, defects, like }: Extract<PlannedPlatform, { kind: 'control' }>,
  core: CoreServiceImages | undefined,
): ObtainedPlatform {
  const publishCoreImages = (registry: string, signal: AbortSignal): Promise<CoreImages> =>
    publishAll(core, registry, signal);
  return {
    platform: controlPlatform({ label, defects, like, publishCoreImages }),
    coreImages: coreInContainers({ defects, like }) ? idsOf(core) : [],
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

function existing(): ObtainedPlatform {
  const label = 'faasd as found';
  return {
    platform: existingPlatform({ label }),
    coreImages: [],
    record: {
      label,
      kind: 'faasd',
      version: AS_FOUND,
      defects: [],
      source: 'was on the machine already',
      digest: null,
      digestStatus: 'unchecked',
      unsupported: [],
    },
  };
}

function faasd(
  binary: FaasdBinary | undefined,
  plan: PlatformsPlan,
  core: CoreServiceImages | undefined,
  others: readonly ObtainedPlatform[],
): ObtainedPlatform {
  if (binary === undefined) throw new Error('a faasd that was not obtained');
  const plain = `faasd ${binary.version}`;
  const same = others.filter((other) => other.record.label.startsWith(plain)).length;
  const label = same === 0 ? plain : `${plain} (${same + 1})`;
  const { coreServices, acceptCeEula } = plan.options;
  const publishCoreImages = async (registry: string, signal: AbortSignal): Promise<CoreImages> =>
    coreServices === 'upstream' ? upstreamCoreImages(acceptCeEula) : publishAll(core, registry, signal);
  return {
    platform: faasdPlatform({ binary, label, publishCoreImages }),
    record: faasdRecord(label, binary),
    coreImages: coreServices === 'upstream' ? Object.values(upstreamCoreImages(acceptCeEula)) : idsOf(core),
  };
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
    unsupported: isCe(binary.version)
      ? [{ level: 'L0', reason: `faasd ${binary.version} (CE) does not scale to zero, so nothing is ever paused` }]
      : [],
  };
}

function idsOf(core: CoreServiceImages | undefined): readonly string[] {
  return Object.values(core ?? {}).map(({ id }) => id);
}

async function publishAll(
  core: CoreServiceImages | undefined,
  registryHost: string,
  signal: AbortSignal,
): Promise<CoreImages> {
  if (core === undefined) throw new Error('a platform was planned without its core services');
  const one = async (name: string, id: string): Promise<string> =>
    (await publish(id, { registryHost, repository: `givre/${name}`, signal })).ref;
  return {
    gateway: await one('gateway', core.gateway.id),
    queueWorker: await one('queue-worker', core.queueWorker.id),
    natsStreaming: await one('nats-streaming', core.natsStreaming.id),
    prometheus: await one('prometheus', core.prometheus.id),
  };
}
