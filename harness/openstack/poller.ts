import { setTimeout as sleep } from 'node:timers/promises';
import { GivreError } from '../core/errors.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { unlessAborted } from '../core/owned.ts';
import { type Look, poll } from '../core/poll.ts';
import type { ComputeApi, Server } from './compute.ts';
import { CloudError, messageIn } from './errors.ts';
import { SERVER_TAG } from './marks.ts';

interface WaitOptions {
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** How a deleted server is gone: for good, or kept by the cloud for a while (`SOFT_DELETED`). */
type Gone = 'gone' | 'soft-deleted';

/** One loop looks at all servers that anybody waits for; it rests while nobody does. */
export interface ServerPoller {
  /**
   * @throws GivreError `E_CAPACITY` (exit code 3: no valid host, or a quota), `E_SERVER_ERROR`, `E_SERVER_VANISHED`,
   * `E_DEADLINE` with what was last seen; the signal's reason.
   */
  active(id: string, options: WaitOptions): Promise<Server>;
  /** Whatever state it passes through, ERROR too: only its absence counts. @throws GivreError `E_DEADLINE` */
  gone(id: string, options: WaitOptions): Promise<Gone>;
}

interface PollerOptions {
  /** Milliseconds between two looks at many servers. */
  readonly everyMs?: number;
  /** The same for a lone one: the resolution with which the start of a machine is measured. */
  readonly loneEveryMs?: number;
}

export function serverPoller(compute: ComputeApi, options: PollerOptions = {}): ServerPoller {
  const nextLook = sharedLooks(compute, options);
  // Whoever is told to stop waits for no answer that a cloud keeps back.
  const next = (id: string, signal: AbortSignal | undefined): Promise<View> =>
    signal === undefined ? nextLook(id) : unlessAborted(nextLook(id), signal);
  return {
    active(id, { deadlineMs, signal }) {
      const look = async (): Promise<Look<Server>> => activeOrNot(compute, id, await next(id, signal));
      return poll(look, { what: `server ${id} to become ACTIVE`, deadlineMs, everyMs: 0, signal });
    },
    gone(id, { deadlineMs, signal }) {
      const look = async (): Promise<Look<Gone>> => goneOrNot(await next(id, signal));
      return poll(look, { what: `server ${id} to be gone`, deadlineMs, everyMs: 0, signal });
    },
  };
}

/** What a look has shown: the server, nothing, or that nobody could look. */
type View = { readonly server: Server | undefined } | { readonly error: unknown };

/** Everybody who asks for the next look at a server gets it from the same requests. */
function sharedLooks(compute: ComputeApi, options: PollerOptions): (id: string) => Promise<View> {
  const { everyMs = 2_000, loneEveryMs = 500 } = options;
  const waiting = new Map<string, ((view: View) => void)[]>();
  let lastAtMs = Number.NEGATIVE_INFINITY;
  let running = false;
  const pause = (ms: number): Promise<void> => sleep(Math.max(0, lastAtMs + ms - performance.now()));

  const rounds = async (): Promise<void> => {
    running = true;
    while (waiting.size > 0) {
      await pause(loneEveryMs);
      if (waiting.size > 1) await pause(everyMs);
      lastAtMs = performance.now();
      const asked = new Map(waiting);
      waiting.clear();
      const views = await lookAt(compute, [...asked.keys()]);
      for (const [id, callers] of asked) {
        for (const tell of callers) tell(views(id));
      }
    }
    running = false;
  };
  return (id) =>
    new Promise((resolve) => {
      waiting.set(id, [...(waiting.get(id) ?? []), resolve]);
      if (!running) void rounds();
    });
}

/** Never fails: not being able to look is a view, too. */
async function lookAt(compute: ComputeApi, ids: readonly string[]): Promise<(id: string) => View> {
  const views = new Map<string, View>();
  if (ids.length > 1) {
    const listed = await compute.listServers({ tag: SERVER_TAG }).catch(() => []);
    for (const server of listed) views.set(server.id, { server });
  }
  // A list may lag behind, or may not show what is soft-deleted: absence is asked for by id.
  for (const id of ids.filter((it) => !views.has(it))) {
    views.set(
      id,
      await compute.getServer(id).then(
        (server) => ({ server }),
        (error: unknown) => ({ error }),
      ),
    );
  }
  return (id) => views.get(id) ?? { server: undefined };
}

/** Words of Nova's for "there is no room": the scheduler's, and its quotas'. */
const NO_ROOM = /no valid host|not enough|quota|exceeded maximum number|insufficient/i;

async function activeOrNot(compute: ComputeApi, id: string, view: View): Promise<Look<Server>> {
  if ('error' in view) return notSeen(view.error);
  const { server } = view;
  if (server === undefined) throw vanished(`server ${id} is gone before it was ACTIVE`);
  const { name, status, taskState } = server;
  switch (status) {
    case 'ACTIVE':
      return { done: true, value: server };
    case 'ERROR':
      throw inError(server, server.fault?.message ?? (await compute.lastActionError(id).catch(() => undefined)));
    case 'DELETED':
    case 'SOFT_DELETED':
      throw vanished(`server ${name} (${id}) was deleted before it was ACTIVE (${status})`);
    default:
      return { done: false, seen: taskState === null ? status : `${status}, ${taskState}` };
  }
}

function goneOrNot(view: View): Look<Gone> {
  if ('error' in view) return notSeen(view.error);
  const { server } = view;
  if (server === undefined || server.status === 'DELETED') return { done: true, value: 'gone' };
  if (server.status === 'SOFT_DELETED') return { done: true, value: 'soft-deleted' };
  return { done: false, seen: server.taskState === null ? server.status : `${server.status}, ${server.taskState}` };
}

/** The client has already tried again; a cloud that is down for a minute need not end a run, a lost right does. */
function notSeen(error: unknown): { done: false; seen: string } {
  if (!(error instanceof CloudError) || error.status === 401 || error.status === 403) throw error;
  return { done: false, seen: error.message };
}

function vanished(message: string): GivreError {
  return new GivreError({ code: 'E_SERVER_VANISHED', message, hint: 'somebody else has deleted it' });
}

function inError({ id, name }: Server, words: string | undefined): GivreError {
  const said = words === undefined ? 'Nova gives no reason' : messageIn(words);
  const message = `server ${name} (${id}) went into ERROR: ${said}`;
  if (!NO_ROOM.test(said)) return new GivreError({ code: 'E_SERVER_ERROR', message });
  return new GivreError({
    code: 'E_CAPACITY',
    message,
    hint: 'the cloud has no room for it now: try later, a smaller flavor or another availability zone',
    exitCode: exitCodes.invalid,
  });
}
