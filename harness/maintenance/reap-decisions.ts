import type { Cloud } from '../openstack/cloud.ts';
import type { MarkedResource } from '../openstack/inventory.ts';
import type { ResourceKind } from '../openstack/marks.ts';
import { type Sightings, sightingKey } from './reap-sightings.ts';

/** What is to become of one thing of ours, and why. */
export interface Decision {
  readonly resource: MarkedResource;
  readonly remove: boolean;
  readonly why: string;
}

export interface DecisionContext {
  readonly cloud: Cloud;
  /** The run that the user has named. */
  readonly run: string | undefined;
  /** Id of this machine. */
  readonly here: string;
  /** Runs of this machine whose lock a living process holds. */
  readonly alive: ReadonlySet<string>;
  /** As they were before this pass. */
  readonly sightings: Sightings;
  /** Kinds that could not be listed. */
  readonly unseen: readonly ResourceKind[];
  /** Between the two passes that must have seen a thing, in seconds. */
  readonly minAgeSeconds: number;
  /** By the cloud's clock, which the runs' marks go by: this machine's may be hours off. Null where it does not tell. */
  readonly nowMs: number | null;
}

/**
 * Decides about everything that carries our mark. Only what is expired and was seen by an earlier pass goes, or what
 * belongs to the run that the user named, if that was made on this machine and nobody holds its lock.
 */
export function decide(resources: readonly MarkedResource[], context: DecisionContext): readonly Decision[] {
  const expiries = latestExpiries(resources);
  return resources
    .filter((it) => context.run === undefined || it.mark.runId === context.run)
    .map((resource) => ({ resource, ...decideOne(resource, expiryOf(resource, expiries), context) }));
}

/** Everything whose time is over, whoever made it. */
export function expiredOnes(resources: readonly MarkedResource[], nowMs: number): readonly MarkedResource[] {
  const expiries = latestExpiries(resources);
  return resources.filter((it) => expiryOf(it, expiries) * 1000 < nowMs);
}

function decideOne(
  resource: MarkedResource,
  expiresAtSeconds: number,
  context: DecisionContext,
): Omit<Decision, 'resource'> {
  const { mark, lasting } = resource;
  const isOurs = mark.machine === context.here;
  if (isOurs && context.alive.has(mark.runId)) return keep('its run is alive');
  if (context.run !== undefined && isOurs && !lasting) return remove('nobody holds the lock of its run');
  const { nowMs } = context;
  const until = new Date(expiresAtSeconds * 1000).toISOString();
  if (nowMs === null) return keep(`expires ${until}, and the cloud does not tell what time it is`);
  if (expiresAtSeconds * 1000 >= nowMs) {
    if (lasting) return keep(`is to outlive its run, until ${until}`);
    return keep(isOurs ? `expires ${until}; --run ${mark.runId} removes it now` : `made elsewhere, expires ${until}`);
  }
  return decideExpired(resource, until, { ...context, nowMs });
}

function decideExpired(
  resource: MarkedResource,
  until: string,
  { cloud, sightings, unseen, minAgeSeconds, nowMs }: DecisionContext & { readonly nowMs: number },
): Omit<Decision, 'resource'> {
  // A live run renews its servers first of all: without them nobody knows what its latest expiry is.
  if (!resource.lasting && unseen.includes('server')) {
    return keep(`expired ${until}, but servers cannot be listed, and they may say that its run goes on`);
  }
  const seenAtMs = sightings[sightingKey(cloud, resource)];
  if (seenAtMs === undefined) return keep(`expired ${until}, seen for the first time: go again in ${minAgeSeconds} s`);
  // The cloud's clock is known to a second, so that of a later pass may stand a little before that of an earlier one.
  const ageSeconds = Math.max(0, nowMs - seenAtMs) / 1000;
  if (ageSeconds >= minAgeSeconds) return remove(`expired ${until}, seen twice`);
  return keep(`expired ${until}, first seen only ${Math.floor(ageSeconds)} s ago: go again in ${minAgeSeconds} s`);
}

/** By run: a live run renews what it can, so its latest expiry counts for all of it. */
function latestExpiries(resources: readonly MarkedResource[]): ReadonlyMap<string, number> {
  const latest = new Map<string, number>();
  for (const { mark, lasting } of resources) {
    if (!lasting) latest.set(mark.runId, Math.max(mark.expiresAtSeconds, latest.get(mark.runId) ?? 0));
  }
  return latest;
}

function expiryOf({ mark, lasting }: MarkedResource, expiries: ReadonlyMap<string, number>): number {
  return lasting ? mark.expiresAtSeconds : (expiries.get(mark.runId) ?? mark.expiresAtSeconds);
}

function keep(why: string): Omit<Decision, 'resource'> {
  return { remove: false, why };
}

function remove(why: string): Omit<Decision, 'resource'> {
  return { remove: true, why };
}
