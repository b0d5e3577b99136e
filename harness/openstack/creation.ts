import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../core/errors.ts';
import type { Scope } from '../core/scope.ts';
import type { Cloud } from './cloud.ts';
import { CloudError } from './errors.ts';
import type { Journal } from './journal.ts';
import { type Mark, nameOf, type ResourceKind } from './marks.ts';
import type { ServerPoller } from './poller.ts';
import { type Doomed, leftError, type RemovalFailure, removeAll } from './removal.ts';

/** How one thing is made, and how it is found again when the answer to that request was lost. */
interface Making<T extends { readonly id: string }> {
  readonly kind: ResourceKind;
  readonly mark: Mark;
  create(): Promise<T>;
  /** Everything that has this mark's name and carries the mark itself. */
  find(): Promise<readonly T[]>;
}

/** Things made in a cloud that are removed together, in the order in which they can be. */
export interface Holdings {
  readonly cloud: Cloud;
  /** The mark for something new; `role` gets a suffix where this run has had that name for such a thing before. */
  markFor(kind: ResourceKind, role: string): Mark;
  /**
   * Writes down the intent, creates, writes down the id. A lost answer is looked for before anything is asked again.
   *
   * @throws CloudError as the service refuses it; then nothing was made, or what was made goes with the rest.
   */
  make<T extends { readonly id: string }>(making: Making<T>): Promise<T>;
  /** Lets go of something that shall outlive these holdings; its own mark must say so by then. */
  release(id: string): Promise<void>;
}

export interface HoldingsOptions {
  readonly cloud: Cloud;
  readonly journal: Journal;
  readonly poller: ServerPoller;
  /** Id of this machine, for the marks. */
  readonly machine: string;
  /** Seconds since 1970; asked for each new mark, because a run that goes on moves it. */
  readonly expiresAtSeconds: () => number;
  readonly onNote: (line: string) => void;
  /** Pauses before each look for something whose creation got no answer. */
  readonly looksAfterMs?: readonly number[] | undefined;
  /** For removing everything of one kind. */
  readonly removalDeadlineMs?: number | undefined;
}

/** A service that was overloaded shows what it has made within seconds. */
const LOOKS_AFTER_MS = [0, 1_000, 2_000, 4_000];
/** For all of it, whatever is still being asked for: each request and each kind has a deadline of its own besides. */
const REMOVAL_MS = 1_800_000;
/** Requests to create one thing, when answers are lost and nothing is found. */
const ATTEMPTS = 3;

/** Something that exists, or may exist. */
interface Held {
  readonly seq: number;
  readonly kind: ResourceKind;
  readonly name: string;
  readonly ids: Set<string>;
  /** An answer was lost: there may be more, or some where we know of none. */
  doubtful: boolean;
  /** Resolves when the request is over, whatever came of it. */
  made: Promise<unknown>;
  findIds(): Promise<readonly string[]>;
}

/** Registers with the scope, under the name `what`, the removal of all that will be made by these holdings. */
export async function openHoldings(scope: Scope, what: string, options: HoldingsOptions): Promise<Holdings> {
  const { cloud, journal } = options;
  const held = new Set<Held>();
  let closing = false;
  const remove = async (): Promise<void> => {
    closing = true;
    await removeHeld(held, options);
  };
  await scope.defer(what, remove, REMOVAL_MS);
  return {
    cloud,
    markFor(kind, role) {
      const { machine } = options;
      const mark = { runId: journal.runId, role, machine, expiresAtSeconds: options.expiresAtSeconds() };
      const taken = journal.entries().some((it) => it.kind === kind && it.name === nameOf(mark));
      return taken ? { ...mark, role: `${role}-${randomSuffix()}` } : mark;
    },
    async make(making) {
      const { kind, mark } = making;
      const name = nameOf(mark);
      if (closing) throw tooLate(kind, name);
      const seq = await journal.intent(kind, name);
      if (closing) {
        await journal.removed(seq);
        throw tooLate(kind, name);
      }
      const findIds = async (): Promise<readonly string[]> => (await making.find()).map(({ id }) => id);
      const one: Held = { seq, kind, name, ids: new Set(), doubtful: false, made: Promise.resolve(), findIds };
      held.add(one);
      const made = createOrAdopt(making, one, options);
      one.made = made.catch(() => {});
      return await made;
    },
    release: (id) => release(id, held, journal),
  };
}

async function release(id: string, held: Set<Held>, journal: Journal): Promise<void> {
  const one = [...held].find((it) => it.ids.has(id));
  if (one === undefined) throw new Error(`${id} is not held`);
  one.ids.delete(id);
  if (one.ids.size > 0) return;
  held.delete(one);
  await journal.removed(one.seq);
}

async function createOrAdopt<T extends { readonly id: string }>(
  making: Making<T>,
  held: Held,
  options: HoldingsOptions,
): Promise<T> {
  const { journal, onNote } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      const made = await making.create();
      await noteIds(held, [made.id], journal);
      if (held.doubtful) await removeDoubles(held, made.id, options);
      return made;
    } catch (error) {
      // Refused: the service says itself that it made nothing.
      if (!(error instanceof CloudError) || !error.uncertain) throw error;
      held.doubtful = true;
      const seen = await look(making, options.looksAfterMs ?? LOOKS_AFTER_MS);
      // Nobody knows whether it is there: asked for again, there might be two.
      if (seen === undefined) throw error;
      const [found] = seen;
      if (found !== undefined) {
        onNote(`${making.kind} ${held.name} was made though its answer was lost (${error.message})`);
        await noteIds(held, [found.id], journal);
        await removeDoubles(held, found.id, options);
        return found;
      }
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

/** What was found in the end; undefined when the last look had no answer either. */
async function look<T extends { readonly id: string }>(
  making: Making<T>,
  pausesMs: readonly number[],
): Promise<readonly T[] | undefined> {
  let found: readonly T[] | undefined;
  for (const pauseMs of pausesMs) {
    await sleep(pauseMs);
    // A service that has just lost an answer may not answer this either: that is no look.
    found = await making.find().catch((error: unknown) => {
      if (error instanceof CloudError) return undefined;
      throw error;
    });
    if (found !== undefined && found.length > 0) return found;
  }
  return found;
}

/** Held is all of it, whether or not it can be written down: what is held is removed. */
async function noteIds(held: Held, ids: readonly string[], journal: Journal): Promise<void> {
  const fresh = ids.filter((id) => !held.ids.has(id));
  for (const id of fresh) held.ids.add(id);
  for (const id of fresh) await journal.created(held.seq, id);
}

/** While things are removed a full disk is no reason to leave any: what cannot be written down is said. */
async function unlessFull(writing: Promise<void>, what: string, { onNote }: HoldingsOptions): Promise<void> {
  await writing.catch((error: unknown) => onNote(`could not write down ${what}: ${messageOf(error)}`));
}

/** Two requests, of which the first answered nothing, may have made two: one is kept. */
async function removeDoubles(held: Held, keptId: string, options: HoldingsOptions): Promise<void> {
  const ids = await held.findIds();
  await unlessFull(noteIds(held, ids, options.journal), `what ${held.name} is`, options);
  const doubles = ids.filter((id) => id !== keptId);
  if (doubles.length === 0) return;
  options.onNote(`${held.kind} ${held.name} was made ${ids.length} times; all but one are removed`);
  const failures = await removeAll(
    doubles.map((id) => ({ kind: held.kind, name: held.name, id })),
    {
      ...options,
      deadlineMs: options.removalDeadlineMs,
    },
  );
  if (failures.length > 0) throw leftError(failures);
}

/** @throws GivreError `E_CLOUD_LEFT`, exit code 5. */
async function removeHeld(held: ReadonlySet<Held>, options: HoldingsOptions): Promise<void> {
  const { removalDeadlineMs: deadlineMs } = options;
  const failures: RemovalFailure[] = [];
  for (const one of held) {
    await one.made;
    const unknown = one.doubtful ? await lookOnceMore(one, options) : undefined;
    if (unknown !== undefined) failures.push(unknown);
    else if (one.ids.size === 0) await noteGone(one, options);
  }
  const doomed = [...held].flatMap(({ kind, name, ids }) => [...ids].map((id): Doomed => ({ kind, name, id })));
  const onGone = async ({ kind, id }: Doomed): Promise<void> => {
    const one = [...held].find((it) => it.kind === kind && it.ids.has(id));
    one?.ids.delete(id);
    if (one?.ids.size === 0) await noteGone(one, options);
  };
  failures.push(...(await removeAll(doomed, { ...options, deadlineMs, onGone })));
  if (failures.length > 0) throw leftError(failures);
}

function noteGone({ seq, name }: Held, options: HoldingsOptions): Promise<void> {
  return unlessFull(options.journal.removed(seq), `that ${name} is gone`, options);
}

/** What landed after everybody had stopped looking. Where nothing is known yet, a list that lags is given its time. */
async function lookOnceMore(one: Held, options: HoldingsOptions): Promise<RemovalFailure | undefined> {
  const pausesMs = one.ids.size > 0 ? [0] : (options.looksAfterMs ?? LOOKS_AFTER_MS);
  try {
    for (const pauseMs of pausesMs) {
      await sleep(pauseMs);
      const ids = await one.findIds();
      await unlessFull(noteIds(one, ids, options.journal), `what ${one.name} is`, options);
      if (one.ids.size > 0) break;
    }
    return undefined;
  } catch (error) {
    return { doomed: { kind: one.kind, name: one.name, id: 'unknown id' }, why: messageOf(error) };
  }
}

function tooLate(kind: ResourceKind, name: string): Error {
  return new Error(`${kind} ${name} is not made any more: its run has begun to clean up`);
}

function randomSuffix(): string {
  return randomInt(36 ** 4)
    .toString(36)
    .padStart(4, '0');
}
