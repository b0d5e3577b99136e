import { z } from 'zod';
import { usageError } from '../core/errors.ts';
import { suggestion } from '../core/near-miss.ts';
import type { CloudSettings } from './settings.ts';

/** The services that we use, by the words we use for them. */
export type ServiceName = 'compute' | 'network' | 'image' | 'volume';

/** One address of one service. */
export interface Endpoint {
  readonly serviceType: string;
  readonly interface: string;
  readonly region: string;
  readonly url: string;
}

const endpointSchema = z.looseObject({
  interface: z.string(),
  region_id: z.string().nullish(),
  region: z.string().nullish(),
  url: z.string(),
});

/** Keystone's catalog as a flat list. */
export const endpointsSchema = z
  .array(z.looseObject({ type: z.string(), endpoints: z.array(endpointSchema) }))
  .transform((services): readonly Endpoint[] =>
    services.flatMap(({ type, endpoints }) =>
      endpoints.map((it) => ({
        serviceType: type,
        interface: it.interface.replace(/URL$/, ''),
        region: it.region_id ?? it.region ?? '',
        url: it.url,
      })),
    ),
  );

/** Official type first; sources: service-types authority, and what clouds have. */
const SERVICE_TYPES: Readonly<Record<ServiceName, readonly string[]>> = {
  compute: ['compute'],
  network: ['network'],
  image: ['image'],
  volume: ['block-storage', 'volumev3', 'block-store', 'volume'],
};

/** The version in the path; addresses without one get it. */
const VERSIONS: Readonly<Record<ServiceName, string>> = { compute: 'v2.1', network: 'v2.0', image: 'v2', volume: 'v3' };

/**
 * Where a service's paths begin: no slash at the end, version included. Undefined when the catalog has no such service.
 * Scheme, host and prefix are always the catalog's: links in discovery documents often name internal hosts.
 */
export function serviceRoot(
  service: ServiceName,
  settings: CloudSettings,
  catalog: readonly Endpoint[],
  projectId: string,
): string | undefined {
  const override = settingOf(service, 'endpoint_override', settings);
  const wanted = settingOf(service, 'interface', settings)?.replace(/URL$/, '') ?? settings.interface;
  const url = override ?? catalogUrl(service, wanted, settings.region, catalog);
  return url === undefined ? undefined : withVersion(service, url, projectId);
}

/**
 * The region that all addresses come from.
 *
 * @throws GivreError, exit code 2: `E_CLOUD_REGION` for one that the catalog does not have, or several to choose from.
 */
export function catalogRegion(settings: CloudSettings, catalog: readonly Endpoint[]): string {
  // Keystone or a dashboard may be in a region of their own.
  const computes = catalog.filter(({ serviceType }) => SERVICE_TYPES.compute.includes(serviceType));
  const regions = [...new Set(computes.map(({ region }) => region))].filter((region) => region !== '');
  const { name, region } = settings;
  if (region === undefined) {
    if (regions.length <= 1) return regions[0] ?? '';
    throw usageError(
      'E_CLOUD_REGION',
      `cloud "${name}" has several regions`,
      `choose with --region: ${regions.join(', ')}`,
    );
  }
  if (regions.length === 0 || regions.includes(region)) return region;
  throw usageError('E_CLOUD_REGION', `cloud "${name}" has no region "${region}"`, suggestion(region, regions));
}

function catalogUrl(
  service: ServiceName,
  wanted: string,
  region: string | undefined,
  catalog: readonly Endpoint[],
): string | undefined {
  for (const type of SERVICE_TYPES[service]) {
    const found = catalog.find(
      (it) => it.serviceType === type && it.interface === wanted && (region === undefined || it.region === region),
    );
    if (found !== undefined) return found.url;
  }
  return undefined;
}

/** `compute_endpoint_override`; with any of the service's types in front. */
function settingOf(service: ServiceName, key: string, settings: CloudSettings): string | undefined {
  for (const type of [service, ...SERVICE_TYPES[service]]) {
    const value = settings.option(`${type.replaceAll('-', '_')}_${key}`);
    if (value !== undefined) return value;
  }
  return undefined;
}

function withVersion(service: ServiceName, text: string, projectId: string): string {
  const url = URL.parse(text.replaceAll(/[%$]\((project_id|tenant_id)\)s/g, projectId));
  if (url === null) throw usageError('E_CLOUD_ENDPOINT', `the ${service} endpoint "${text}" is no address`);
  const path = url.pathname.replace(/\/+$/, '');
  // Nova's /v2 is the old API without microversions; every Nova that has it has /v2.1 beside it.
  const current = service === 'compute' ? path.replace(/\/v2(?=\/|$)/, '/v2.1') : path;
  if (/\/v\d+(\.\d+)?(\/|$)/.test(current)) return `${url.origin}${current}`;
  const project = service === 'volume' ? `/${projectId}` : '';
  return `${url.origin}${current}/${VERSIONS[service]}${project}`;
}
