import { z } from 'zod';
import { orUndefined } from './errors.ts';
import { listAll } from './pages.ts';
import type { Service } from './service.ts';
import type { Volume, VolumeApi, VolumeLimits } from './volume.ts';

const volumeSchema = z
  .looseObject({
    id: z.string(),
    name: z.string().nullish(),
    status: z.string(),
    metadata: z.record(z.string(), z.string()).default({}),
  })
  .transform(({ id, name, status, metadata }): Volume => ({ id, name: name ?? '', status, metadata }));

const shownSchema = z.looseObject({ volume: volumeSchema });

const limitsSchema = z
  .looseObject({
    limits: z.looseObject({
      absolute: z.looseObject({
        maxTotalVolumes: z.number(),
        totalVolumesUsed: z.number(),
        maxTotalVolumeGigabytes: z.number(),
        totalGigabytesUsed: z.number(),
      }),
    }),
  })
  .transform(
    ({ limits: { absolute } }): VolumeLimits => ({
      volumes: { max: absolute.maxTotalVolumes, used: absolute.totalVolumesUsed },
      gigabytes: { max: absolute.maxTotalVolumeGigabytes, used: absolute.totalGigabytesUsed },
    }),
  );

export function cinderApi(service: Service): VolumeApi {
  const volumePath = (id: string): string => `/volumes/${encodeURIComponent(id)}`;
  return {
    async createVolume({ name, sizeGb, imageId, metadata, availabilityZone }) {
      const volume = { name, size: sizeGb, imageRef: imageId, metadata, availability_zone: availabilityZone };
      return (await service.read(shownSchema, { method: 'POST', path: '/volumes', json: { volume } })).volume;
    },
    async getVolume(id) {
      return (await orUndefined(service.read(shownSchema, { method: 'GET', path: volumePath(id) })))?.volume;
    },
    listVolumes: () => listAll(service, volumeSchema, { path: '/volumes/detail', key: 'volumes' }),
    deleteVolume: (id) => service.remove(volumePath(id)),
    limits: () => service.read(limitsSchema, { method: 'GET', path: '/limits' }),
  };
}
