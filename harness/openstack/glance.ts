import { z } from 'zod';
import { orUndefined } from './errors.ts';
import type { CloudImage, ImageApi } from './image.ts';
import { listAll } from './pages.ts';
import type { Service } from './service.ts';

const known = z.object({
  id: z.string(),
  name: z.string().nullish(),
  status: z.string(),
  visibility: z.string(),
  owner: z.string().nullish(),
  min_disk: z.number().nullish(),
  size: z.number().nullish(),
  created_at: z.string(),
  checksum: z.string().nullish(),
  os_hash_value: z.string().nullish(),
});
/** Glance's own fields that are texts too, and no properties. */
const BASE_FIELDS = [
  ...Object.keys(known.shape),
  'updated_at',
  'self',
  'file',
  'schema',
  'container_format',
  'disk_format',
  'os_hash_algo',
  'direct_url',
  'deleted_at',
];

const imageSchema = known.loose().transform((it): CloudImage => {
  const properties = Object.entries(it).filter(([key]) => !BASE_FIELDS.includes(key));
  return {
    id: it.id,
    name: it.name ?? '',
    status: it.status,
    visibility: it.visibility,
    owner: it.owner ?? '',
    minDiskGb: it.min_disk ?? 0,
    sizeBytes: it.size ?? null,
    createdAt: it.created_at,
    checksum: it.os_hash_value ?? it.checksum ?? null,
    properties: Object.fromEntries(
      properties.flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
    ),
  };
});

export function glanceApi(service: Service): ImageApi {
  const imagePath = (id: string): string => `/images/${encodeURIComponent(id)}`;
  return {
    listImages({ name, owner, visibility, properties } = {}) {
      const query = { ...properties, name, owner, visibility };
      return listAll(service, imageSchema, { path: '/images', key: 'images', query });
    },
    getImage: (id) => orUndefined(service.read(imageSchema, { method: 'GET', path: imagePath(id) })),
    setImageProperties(id, properties) {
      // JSON patch: "add" replaces what is there.
      const json = Object.entries(properties).map(([key, value]) => ({ op: 'add', path: pointer(key), value }));
      const contentType = 'application/openstack-images-v2.1-json-patch';
      return service.send({ method: 'PATCH', path: imagePath(id), json, contentType });
    },
    deleteImage: (id) => service.remove(imagePath(id)),
  };
}

/** RFC 6901. */
function pointer(key: string): string {
  return `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
