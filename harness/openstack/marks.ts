import { z } from 'zod';
import { usageError } from '../core/errors.ts';

/** Everything that givre makes in a project, and how `reap` knows that it is ours. Survives the loss of our state. */
export interface Mark {
  readonly runId: string;
  /** Unique within its run and kind. */
  readonly role: string;
  /** Id of the machine that the harness ran on: only there can the run's lock be looked at. */
  readonly machine: string;
  /** Seconds since 1970. A live run renews it; the latest of a run counts. */
  readonly expiresAtSeconds: number;
}

/** Kinds of resources that we make, in no particular order. */
export const resourceKinds = [
  'server',
  'port',
  'floating-ip',
  'volume',
  'image',
  'security-group',
  'server-group',
] as const;

export type ResourceKind = (typeof resourceKinds)[number];

/** Tag of every server of ours, so that lists of servers can be short. */
export const SERVER_TAG = 'givre';
/** On an image that shall outlive its run: it goes when it has expired, not with the run. */
const LASTING = 'givre_lasting';

/** No separators of ours, nothing that needs quoting anywhere, no way out of a folder. */
const WORD = /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/;
const markSchema = z.object({
  runId: z.string().regex(WORD),
  role: z.string().regex(WORD),
  machine: z.string().regex(WORD),
  expiresAtSeconds: z
    .string()
    .regex(/^\d{1,12}$/)
    .transform(Number),
});

/** `givre-<run>-<role>`: the name of everything that has a name. */
export function nameOf({ runId, role }: Pick<Mark, 'runId' | 'role'>): string {
  return `givre-${runId}-${role}`;
}

/** For Nova and Cinder. */
export function metadataOf(mark: Mark): Readonly<Record<string, string>> {
  return {
    'givre:run': mark.runId,
    'givre:role': mark.role,
    'givre:machine': mark.machine,
    'givre:expires': String(mark.expiresAtSeconds),
  };
}

/** The part of a server's metadata by which a live run says that it is still there. */
export function expiryMetadata(expiresAtSeconds: number): Readonly<Record<string, string>> {
  return { 'givre:expires': String(expiresAtSeconds) };
}

/** For Glance. `lasting`: not to be removed with its run. */
export function propertiesOf(mark: Mark, lasting = false): Readonly<Record<string, string>> {
  return {
    givre_run: mark.runId,
    givre_role: mark.role,
    givre_machine: mark.machine,
    givre_expires: String(mark.expiresAtSeconds),
    ...(lasting ? { [LASTING]: 'yes' } : {}),
  };
}

/** For Neutron's `description`, and for the name of a server group, which can carry nothing else. */
export function descriptionOf(mark: Mark): string {
  return `givre run=${mark.runId} role=${mark.role} machine=${mark.machine} expires=${mark.expiresAtSeconds}`;
}

export function markInMetadata(metadata: Readonly<Record<string, string>>): Mark | undefined {
  return markOrUndefined({
    runId: metadata['givre:run'],
    role: metadata['givre:role'],
    machine: metadata['givre:machine'],
    expiresAtSeconds: metadata['givre:expires'],
  });
}

export function markInProperties(properties: Readonly<Record<string, string>>): Mark | undefined {
  return markOrUndefined({
    runId: properties.givre_run,
    role: properties.givre_role,
    machine: properties.givre_machine,
    expiresAtSeconds: properties.givre_expires,
  });
}

export function isLasting(properties: Readonly<Record<string, string>>): boolean {
  return properties[LASTING] === 'yes';
}

/** Strict: the whole text must be what {@link descriptionOf} writes. */
export function markInDescription(description: string): Mark | undefined {
  const match = /^givre run=(\S+) role=(\S+) machine=(\S+) expires=(\S+)$/.exec(description);
  if (match === null) return undefined;
  const [, runId, role, machine, expiresAtSeconds] = match;
  return markOrUndefined({ runId, role, machine, expiresAtSeconds });
}

/** @throws GivreError `E_RUN_ID` (usage) for what can be no run's id: it becomes part of names and paths. */
export function checkedRunId(runId: string): string {
  if (WORD.test(runId)) return runId;
  throw usageError('E_RUN_ID', `"${runId}" is no id of a run`, 'it stands in the run’s folder name and manifest');
}

function markOrUndefined(parts: unknown): Mark | undefined {
  const parsed = markSchema.safeParse(parts);
  return parsed.success ? parsed.data : undefined;
}
