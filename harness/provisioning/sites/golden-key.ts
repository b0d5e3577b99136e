import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot } from '../../core/paths.ts';
import type { CloudImage } from '../../openstack/image.ts';
import type { RunImages } from '../artifacts/images.ts';
import type { ObtainedPlatform } from '../platforms.ts';

/**
 * Changes with everything that decides what is on an image: base image, bundle, platform with its core services, the
 * floor's function, our own code that installs. Not with what a run measures on it: functions are delivered to the
 * machine once it has booted.
 */
export async function goldenKey(
  base: Pick<CloudImage, 'id' | 'checksum'>,
  { record, coreImages }: ObtainedPlatform,
  { bundle, floor }: Pick<RunImages, 'bundle' | 'floor'>,
): Promise<string> {
  const content = {
    bundle: bundle?.digest,
    base: [base.id, base.checksum],
    platform: [record.kind, record.version, record.digest, record.defects],
    core: coreImages,
    floor: floor.id,
    installer: await installerDigest(),
  };
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

/** Of the code that installs: what it does to a machine is on the image. */
async function installerDigest(): Promise<string> {
  const harness = join(repositoryRoot, 'harness');
  const hash = createHash('sha256');
  for (const folder of ['platforms', 'targets']) {
    const names = await readdir(join(harness, folder), { recursive: true });
    for (const name of names.filter((it) => it.endsWith('.ts') && !/\.(test|fixture)\.ts$/.test(it)).sort()) {
      hash.update(name).update(await readFile(join(harness, folder, name)));
    }
  }
  return hash.digest('hex');
}
