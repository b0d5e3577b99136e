import { type Answer, asObject, type JsonObject, listIn, withBody } from './answer.ts';
import type { Exchange } from './exchange.ts';
import { type Fault, fault, faultOfNumber, faultOfText } from './fault.ts';

/** The id of the server, port, … that `look-alike` puts into lists. */
export const LOOK_ALIKE_ID = 'f0f0f0f0-0000-4000-8000-000000000000';

/** Answers that are well-formed and untrue. */
export const lies = {
  'server-error': faultOfText(
    'servers look like ERROR, VALUE is the message of their fault',
    'Exceeded maximum number of retries.',
    (it, message) => lieAboutServers(it, (server) => ({ ...server, status: 'ERROR', fault: serverFault(message) })),
  ),
  'no-valid-host': fault('servers look as if the scheduler had found no host for them', (it) =>
    lieAboutServers(it, (server) => ({
      ...server,
      status: 'ERROR',
      hostId: '',
      fault: serverFault('No valid host was found. There are not enough hosts available.'),
    })),
  ),
  'endless-build': fault('servers look like BUILD', (it) =>
    lieAboutServers(it, (server) => ({ ...server, status: 'BUILD', 'OS-EXT-STS:task_state': 'spawning' })),
  ),
  'small-pages': faultOfNumber('lists come in pages of VALUE entries', 1, async (it, size) =>
    it.reply(await forwardPaged(it, size)),
  ),
  'wrong-host-pages': faultOfNumber(
    'lists come in pages of VALUE entries, the next one at another host',
    1,
    async (it, size) => {
      const answer = await forwardPaged(it, size);
      await it.reply(
        withNext(
          answer,
          (next) => next && new URL(next, it.url).href.replace(it.url.origin, 'http://elsewhere.invalid'),
        ),
      );
    },
  ),
  'endless-pages': fault('every page of a list names itself as the next one', async (it) => {
    const again = new URL(it.url);
    again.searchParams.delete('marker');
    const answer = await it.forward(again.pathname + again.search);
    again.searchParams.set('marker', LOOK_ALIKE_ID);
    await it.reply(withNext(answer, () => again.href));
  }),
  'look-alike': fault('lists hold one more of the same name, without our marks: somebody else’s', (it) =>
    lieAboutList(it, ([first, ...rest]) => (first === undefined ? [] : [strangerLike(first), first, ...rest])),
  ),
  'stale-list': faultOfNumber('lists lack what was made in the last VALUE seconds', 10, (it, seconds) =>
    lieAboutList(it, (items) =>
      items.filter(({ id }) => Date.now() - (it.created.get(String(id)) ?? 0) > seconds * 1000),
    ),
  ),
  'delete-lies': fault('a deletion is answered with 204 and never reaches the cloud', async (it) => {
    if (it.method !== 'DELETE') return it.pass();
    await it.reply({ status: 204, headers: {}, body: Buffer.alloc(0) });
  }),
  'old-microversions': faultOfText('the version document names VALUE as the highest microversion', '2.12', (it, max) =>
    lie(it, (body) => {
      const old = (version: unknown): unknown => ({ ...asObject(version), version: max });
      if (body.version !== undefined) return { ...body, version: old(body.version) };
      return Array.isArray(body.versions) ? { ...body, versions: body.versions.map(old) } : body;
    }),
  ),
  'no-service': faultOfText('the catalog of a token lacks the service of type VALUE', 'network', (it, type) =>
    lie(it, (body) => {
      const token = asObject(body.token);
      if (!Array.isArray(token?.catalog)) return body;
      return { ...body, token: { ...token, catalog: token.catalog.filter((entry) => asObject(entry)?.type !== type) } };
    }),
  ),
  'clock-skew': faultOfNumber('the Date header is VALUE seconds ahead', 3600, async (it, seconds) => {
    const answer = await it.forward();
    const date = new Date(Date.now() + seconds * 1000).toUTCString();
    await it.reply({ ...answer, headers: { ...answer.headers, date } });
  }),
} satisfies Readonly<Record<string, Fault>>;

async function lie(it: Exchange, edit: (body: JsonObject) => unknown): Promise<void> {
  await it.reply(withBody(await it.forward(), edit));
}

/** Only what is read: the answer to a creation stays true. */
async function lieAboutServers(it: Exchange, edit: (server: JsonObject) => JsonObject): Promise<void> {
  if (it.method !== 'GET') return it.pass();
  await lie(it, (body) => {
    const server = asObject(body.server);
    if (server !== undefined) return { ...body, server: edit(server) };
    return Array.isArray(body.servers)
      ? { ...body, servers: body.servers.map((one) => edit(asObject(one) ?? {})) }
      : body;
  });
}

async function lieAboutList(
  it: Exchange,
  edit: (items: readonly JsonObject[]) => readonly JsonObject[],
): Promise<void> {
  if (it.method !== 'GET') return it.pass();
  await lie(it, (body) => {
    const list = listIn(body);
    return list === undefined ? body : { ...body, [list.key]: edit(list.items) };
  });
}

function serverFault(message: string): JsonObject {
  return { code: 500, created: new Date().toISOString(), message };
}

/** Same name, other id, none of the places where marks are kept. */
function strangerLike(item: JsonObject): JsonObject {
  const blank = { metadata: {}, tags: [], description: '' };
  const marks = Object.entries(blank).filter(([place]) => place in item);
  const own = Object.entries(item).filter(([name]) => !/^givre/.test(name));
  return { ...Object.fromEntries([...own, ...marks]), id: LOOK_ALIKE_ID };
}

async function forwardPaged(it: Exchange, size: number): Promise<Answer> {
  const paged = new URL(it.url);
  if (it.method === 'GET') paged.searchParams.set('limit', String(size));
  return await it.forward(paged.pathname + paged.search);
}

/** Glance keeps the next page's address in `next`, all others in `<list>_links`. */
function withNext(answer: Answer, edit: (next: string | undefined) => string | undefined): Answer {
  return withBody(answer, (body) => {
    const list = listIn(body);
    if (list === undefined) return body;
    if ('first' in body) {
      const next = edit(typeof body.next === 'string' ? body.next : undefined);
      return next === undefined ? body : { ...body, next };
    }
    const name = `${list.key}_links`;
    const links = Array.isArray(body[name]) ? body[name].map(asObject) : [];
    const href = links.find((link) => link?.rel === 'next')?.href;
    const next = edit(typeof href === 'string' ? href : undefined);
    return next === undefined ? body : { ...body, [name]: [{ rel: 'next', href: next }] };
  });
}
