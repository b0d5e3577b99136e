import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../core/folder.ts';
import type { Cloud } from '../openstack/cloud.ts';
import type { MarkedResource, Unseen } from '../openstack/inventory.ts';

/** When the reaper first saw what had expired: milliseconds since 1970 of the cloud, by project, region, kind and id. */
const sightingsSchema = z.record(z.string(), z.number());
export type Sightings = Readonly<Record<string, number>>;

const FILE = 'reap-sightings.json';

/** A file that was cut off counts as none: everything is then seen for the first time, which removes nothing. */
export async function readSightings(stateFolder: string): Promise<Sightings> {
  try {
    return sightingsSchema.parse(JSON.parse(await readFile(join(stateFolder, FILE), 'utf8')));
  } catch {
    return {};
  }
}

export async function writeSightings(stateFolder: string, sightings: Sightings): Promise<void> {
  await makeFolder(stateFolder);
  const beside = join(stateFolder, `${FILE}.${process.pid}`);
  await writeFile(beside, JSON.stringify(sightings));
  await rename(beside, join(stateFolder, FILE));
}

export function sightingKey({ projectId, region }: Cloud, { kind, id }: Pick<MarkedResource, 'kind' | 'id'>): string {
  return `${projectId}/${region}/${kind}/${id}`;
}

/** What a pass through a project has seen, and could not see. */
interface Seen {
  readonly expired: readonly MarkedResource[];
  readonly unseen: readonly Unseen[];
  readonly nowMs: number;
}

/** What is seen now keeps the time of its first sighting; what this project no longer shows is forgotten. */
export function updatedSightings(cloud: Cloud, before: Sightings, { expired, unseen, nowMs }: Seen): Sightings {
  const place = `${cloud.projectId}/${cloud.region}/`;
  const isOut = (key: string): boolean =>
    !key.startsWith(place) || unseen.some(({ kind }) => key.startsWith(`${place}${kind}/`));
  const elsewhere = Object.entries(before).filter(([key]) => isOut(key));
  const here = expired.map((it) => sightingKey(cloud, it)).map((key) => [key, before[key] ?? nowMs] as const);
  return Object.fromEntries([...elsewhere, ...here]);
}
