import { z } from 'zod';
import { CloudError } from './errors.ts';
import type { Service } from './service.ts';

export interface VersionRange {
  readonly min: string;
  readonly max: string;
}

const versionSchema = z.looseObject({
  version: z.looseObject({ version: z.string(), min_version: z.string() }),
});

/** What the endpoint says at its root; a Nova without microversions says nothing, which is 2.1. */
export async function discoverVersions(service: Service): Promise<VersionRange> {
  const { version } = await service.read(versionSchema, { method: 'GET', path: '/', aboveProject: true });
  return { min: version.min_version || '2.1', max: version.version || '2.1' };
}

/** @throws CloudError `E_CLOUD_MICROVERSION` when the server does not speak it. */
export function requireVersion(service: Service, range: VersionRange, wanted: string, what: string): void {
  if (reaches(range, wanted)) return;
  throw new CloudError({
    code: 'E_CLOUD_MICROVERSION',
    message: `${service.name} at ${service.root} speaks ${range.min} to ${range.max}; ${what} needs ${wanted}`,
    hint: 'givre needs OpenStack Pike (2017) or later',
    service: service.name,
  });
}

export function reaches({ min, max }: VersionRange, wanted: string): boolean {
  return compareVersions(wanted, min) >= 0 && compareVersions(wanted, max) <= 0;
}

/** Headers that ask Nova for a microversion; the second is the name before 2.27. */
export function versionHeaders(wanted: string): Readonly<Record<string, string>> {
  return { 'openstack-api-version': `compute ${wanted}`, 'x-openstack-nova-api-version': wanted };
}

/** `2.9` comes before `2.10`. */
function compareVersions(a: string, b: string): number {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number);
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number);
  return aMajor === bMajor ? aMinor - bMinor : aMajor - bMajor;
}
