import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';

/** Just enough of Keystone, Nova and Glance to see what a proxy in front of them does. Not the place to test clients. */
export interface PlainCloud {
  readonly authUrl: string;
  readonly computeOrigin: string;
  /** Every request that came here, in order: `POST /v2.1/servers`. */
  readonly requests: readonly string[];
  readonly serverNames: () => readonly string[];
  close(): void;
}

/** What an image download gives. */
export const IMAGE_BYTES = Buffer.alloc(300_000, 'givre');

const newServerSchema = z.object({ server: z.object({ name: z.string() }) });

interface PlainServer {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export async function startPlainCloud(): Promise<PlainCloud> {
  const requests: string[] = [];
  const servers = new Map<string, PlainServer>();
  const compute = await listen((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    void answerCompute(servers, request, response);
  });
  const image = await listen((_, response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(IMAGE_BYTES);
  });
  const identity = await listen((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const endpoint = (url: string) => ({ interface: 'public', region: 'RegionOne', url });
    const catalog = [
      { type: 'identity', endpoints: [endpoint(`${originOf(identity)}/v3`)] },
      { type: 'compute', endpoints: [endpoint(`${originOf(compute)}/v2.1`)] },
      { type: 'image', endpoints: [endpoint(originOf(image))] },
    ];
    answer(response, 201, { token: { catalog } }, { 'x-subject-token': 'a-secret-token' });
  });
  const all = [compute, image, identity];
  return {
    authUrl: `${originOf(identity)}/v3`,
    computeOrigin: originOf(compute),
    requests,
    serverNames: () => [...servers.values()].map(({ name }) => name),
    close: () => {
      for (const server of all) server.close().closeAllConnections();
    },
  };
}

async function answerCompute(
  servers: Map<string, PlainServer>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const origin = `http://${request.headers.host}`;
  const url = new URL(request.url ?? '/', origin);
  const id = url.pathname.split('/')[3] ?? '';
  if (url.pathname === '/v2.1/') {
    answer(response, 200, {
      version: { id: 'v2.1', version: '2.93', min_version: '2.1', links: [{ href: url.href }] },
    });
  } else if (request.method === 'POST') {
    const { name } = newServerSchema.parse(await json(request)).server;
    const server = { id: randomUUID(), name, status: 'ACTIVE', metadata: { 'givre:run': 'c' } };
    servers.set(server.id, server);
    answer(
      response,
      202,
      { server: { links: [], id: server.id } },
      { location: `${origin}/v2.1/servers/${server.id}` },
    );
  } else if (id === 'detail') {
    answer(response, 200, page([...servers.values()], url));
  } else {
    const server = servers.get(id);
    if (request.method === 'DELETE') servers.delete(id);
    if (server === undefined) answer(response, 404, { itemNotFound: { code: 404, message: 'no such server' } });
    else if (request.method === 'DELETE') response.writeHead(204).end();
    else answer(response, 200, { server });
  }
}

function page(all: readonly PlainServer[], url: URL): unknown {
  const after = all.findIndex(({ id }) => id === url.searchParams.get('marker')) + 1;
  const limit = Number(url.searchParams.get('limit') ?? 1000);
  const servers = all.slice(after, after + limit);
  const last = servers.at(-1);
  if (last === undefined || after + limit >= all.length) return { servers };
  const next = new URL(url);
  next.searchParams.set('marker', last.id);
  return { servers, servers_links: [{ rel: 'next', href: next.href }] };
}

function answer(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  const requestId = `req-${randomUUID()}`;
  const own = { 'content-type': 'application/json', 'x-openstack-request-id': requestId };
  response.writeHead(status, { ...own, ...headers }).end(JSON.stringify(body));
}

async function listen(listener: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function originOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}
