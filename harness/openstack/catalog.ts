import { z } from 'zod';
import { usageError } from '../core/errors.ts';
import { suggestion } from '../core/near-miss.ts';
import type { CloudSettings } from './settings.ts';

/** The services that we use, by the words we use for them. */
export type ServiceName = 'compute' | 'network' | 'image' | 'volume';

/** One address of one service. */
export interface Endpoint {
  readonly serviceType: string;
  /** Empty where the catalog has none. */
  readonly serviceName: string;
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
  .array(z.looseObject({ type: z.string(), name: z.string().nullish(), endpoints: z.array(endpointSchema) }))
  .transform((services): readonly Endpoint[] =>
    services.flatMap(({ type, name, endpoints }) =>
      endpoints.map((it) => ({
        serviceType: type,
        serviceName: name ?? '',
        interface: it.interface.replace(/URL$/, ''),
        region: it.region_id ?? it.region ?? '',
        url: it.url,
      })),
    ),
  );

/** As clouds have them in their catalogs, the official type first. Of block storage only what may be its v3. */
const SERVICE_TYPES: Readonly<Record<ServiceName, readonly string[]>> = {
  compute: ['compute'],
  network: ['network'],
  image: ['image'],
  volume: ['block-storage', 'volumev3', 'block-store', 'volume'],
};

/** What options may begin with, in the order of os-service-types, which openstacksdk goes by. */
const OPTION_PREFIXES: Readonly<Record<ServiceName, readonly string[]>> = {
  ...SERVICE_TYPES,
  volume: ['block_storage', 'volumev3', 'volumev2', 'volume', 'block_store'],
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
  const override =
    serviceOption(service, settings, 'endpoint_override') ?? serviceOption(service, settings, 'endpoint');
  const url = override ?? catalogUrl(service, settings, catalog);
  return url === undefined ? undefined : withVersion(service, url, projectId);
}

/** The region that a service is looked for in: its own (`image_region_name`), or that of all. */
export function serviceRegion(service: ServiceName, settings: CloudSettings): string | undefined {
  return serviceOption(service, settings, 'region_name') ?? settings.region;
}

/**
 * The region that the machines are made in, and all addresses come from that have none of their own.
 *
 * @throws GivreError, exit code 2: `E_CLOUD_REGION` for one that the catalog does not have, or several to choose from.
 */
export function catalogRegion(settings: CloudSettings, catalog: readonly Endpoint[]): string {
  // Keystone or a dashboard may be in a region of their own.
  const computes = catalog.filter(({ serviceType }) => SERVICE_TYPES.compute.includes(serviceType));
  const regions = [...new Set(computes.map(({ region }) => region))].filter((region) => region !== '');
  const { name } = settings;
  const region = serviceRegion('compute', settings);
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

function catalogUrl(service: ServiceName, settings: CloudSettings, catalog: readonly Endpoint[]): string | undefined {
  const region = serviceRegion(service, settings);
  // Its old name wins, as in openstacksdk.
  const ownInterface = serviceOption(service, settings, 'endpoint_type', 'interface')?.replace(/URL$/, '');
  const wanted = ownInterface ?? settings.interface;
  const name = serviceOption(service, settings, 'service_name');
  const ownType = serviceOption(service, settings, 'service_type');
  for (const type of ownType === undefined ? SERVICE_TYPES[service] : [ownType]) {
    const found = catalog.find(
      (it) =>
        it.serviceType === type &&
        it.interface === wanted &&
        (name === undefined || it.serviceName === name) &&
        (region === undefined || it.region === region),
    );
    if (found !== undefined) return found.url;
  }
  return undefined;
}

/** `compute_endpoint_override`; with any of the service's types in front, and the first of several keys. */
function serviceOption(service: ServiceName, settings: CloudSettings, ...keys: readonly string[]): string | undefined {
  for (const prefix of OPTION_PREFIXES[service]) {
    for (const key of keys) {
      const value = settings.option(`${prefix}_${key}`);
      if (value !== undefined) return value;
    }
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
