import { z } from 'zod';
import type { ComputeLimits, Flavor, Server, ServerGroup } from './compute.ts';

const addressSchema = z.looseObject({ addr: z.string(), 'OS-EXT-IPS:type': z.string().optional() });

export const serverSchema = z
  .looseObject({
    id: z.string(),
    // A cell that is down answers with little more than the id.
    name: z.string().default(''),
    status: z.string(),
    'OS-EXT-STS:task_state': z.string().nullish(),
    metadata: z.record(z.string(), z.string()).default({}),
    tags: z.array(z.string()).default([]),
    created: z.string().default(''),
    'OS-SRV-USG:launched_at': z.string().nullish(),
    hostId: z.string().default(''),
    addresses: z.record(z.string(), z.array(addressSchema)).default({}),
    fault: z.looseObject({ code: z.number(), message: z.string() }).nullish(),
  })
  .transform(
    (it): Server => ({
      id: it.id,
      name: it.name,
      status: it.status,
      taskState: it['OS-EXT-STS:task_state'] ?? null,
      metadata: it.metadata,
      tags: it.tags,
      createdAt: it.created,
      launchedAt: withZone(it['OS-SRV-USG:launched_at']),
      hostId: it.hostId,
      addresses: Object.entries(it.addresses).flatMap(([network, addresses]) =>
        addresses.map(({ addr, 'OS-EXT-IPS:type': type }) => ({
          network,
          address: addr,
          floating: type === 'floating',
        })),
      ),
      fault: it.fault ? { code: it.fault.code, message: it.fault.message } : null,
    }),
  );

/** Nova leaves out the zone of what is UTC. */
function withZone(time: string | null | undefined): string | null {
  if (time === null || time === undefined) return null;
  return /(Z|[+-]\d\d:?\d\d)$/.test(time) ? time : `${time}Z`;
}

export const flavorSchema = z
  .looseObject({ id: z.string(), name: z.string(), vcpus: z.number(), ram: z.number(), disk: z.number() })
  .transform((it): Flavor => ({ id: it.id, name: it.name, vcpus: it.vcpus, ramMb: it.ram, diskGb: it.disk }));

export const serverGroupSchema = z
  .looseObject({ id: z.string(), name: z.string() })
  .transform(({ id, name }): ServerGroup => ({ id, name }));

export const zonesSchema = z
  .looseObject({
    availabilityZoneInfo: z.array(
      z.looseObject({ zoneName: z.string(), zoneState: z.looseObject({ available: z.boolean() }) }),
    ),
  })
  .transform(({ availabilityZoneInfo }) =>
    availabilityZoneInfo.filter(({ zoneState }) => zoneState.available).map(({ zoneName }) => zoneName),
  );

const absoluteSchema = z.looseObject({
  maxTotalInstances: z.number(),
  totalInstancesUsed: z.number(),
  maxTotalCores: z.number(),
  totalCoresUsed: z.number(),
  maxTotalRAMSize: z.number(),
  totalRAMUsed: z.number(),
  maxServerGroups: z.number().default(-1),
  totalServerGroupsUsed: z.number().default(0),
});

export const limitsSchema = z.looseObject({ limits: z.looseObject({ absolute: absoluteSchema }) }).transform(
  ({ limits: { absolute } }): ComputeLimits => ({
    instances: { max: absolute.maxTotalInstances, used: absolute.totalInstancesUsed },
    cores: { max: absolute.maxTotalCores, used: absolute.totalCoresUsed },
    ramMb: { max: absolute.maxTotalRAMSize, used: absolute.totalRAMUsed },
    serverGroups: { max: absolute.maxServerGroups, used: absolute.totalServerGroupsUsed },
  }),
);

export const actionsSchema = z.looseObject({
  instanceActions: z.array(
    z.looseObject({
      action: z.string(),
      request_id: z.string(),
      start_time: z.string(),
      message: z.string().nullish(),
    }),
  ),
});

export const actionSchema = z.looseObject({
  instanceAction: z.looseObject({
    events: z
      .array(
        z.looseObject({
          event: z.string(),
          result: z.string().nullish(),
          details: z.string().nullish(),
          traceback: z.string().nullish(),
        }),
      )
      .default([]),
  }),
});
