import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cloud } from './cloud.ts';
import { type OpenOptions, openCloud } from './open.ts';

/** What the server was asked. */
interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Answers by itself and returns true, or leaves it to Keystone's and Nova's ordinary words. */
export type Behaviour = (asked: Asked, response: ServerResponse) => boolean | undefined;

export interface CloudServer extends AsyncDisposable {
  readonly origin: string;
  readonly asked: readonly Asked[];
  /** A folder with a `clouds.yaml` that has this cloud as `local`. */
  readonly folder: string;
  open(options?: Partial<OpenOptions>): Promise<Cloud>;
}

export const PROJECT = 'a1b2c3d4e5f64789a1b2c3d4e5f64789';
export const PASSWORD = 'correct horse';

/** Keystone and the doors of Nova, Neutron, Glance and Cinder behind one port, for faults that real ones rarely show. */
export async function startCloudServer(behaviour: Behaviour): Promise<CloudServer> {
  const asked: Asked[] = [];
  let tokens = 0;
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
    const { method = '', url = '', headers } = incoming;
    const one: Asked = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') };
    asked.push(one);
    if (behaviour(one, response)) return;
    if (one.url === SIGN_IN) {
      tokens += 1;
      sayToken(response, origin, `token-${tokens}`);
    } else if (one.url === '/compute/v2.1/') sayJson(response, 200, computeVersions);
    else sayJson(response, 404, { itemNotFound: { message: 'The resource could not be found.', code: 404 } });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const origin = `http://127.0.0.1:${address.port}`;
  const folder = await mkdtemp(join(tmpdir(), 'givre-cloud-'));
  await writeFile(join(folder, 'clouds.yaml'), cloudsYaml(origin));
  return {
    origin,
    asked,
    folder,
    open: (options = {}) =>
      openCloud({
        env: { HOME: folder },
        cwd: folder,
        signal: new AbortController().signal,
        patience: { requestMs: 2_000, callMs: 5_000, firstPauseMs: 5 },
        ...options,
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    },
  };
}

export function sayJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): true {
  response.writeHead(status, {
    'content-type': 'application/json',
    'x-openstack-request-id': 'req-00000000-0000-4000-8000-000000000001',
    ...headers,
  });
  response.end(JSON.stringify(body));
  return true;
}

export function sayToken(response: ServerResponse, origin: string, id: string, more: object = {}): true {
  const endpoints = (path: string): object[] => [
    { interface: 'public', region_id: 'RegionOne', region: 'RegionOne', url: `${origin}${path}` },
    { interface: 'internal', region_id: 'RegionOne', region: 'RegionOne', url: 'http://internal.invalid' },
  ];
  const token = {
    issued_at: '2025-01-01T00:00:00.000000Z',
    expires_at: '2025-01-01T04:00:00.000000Z',
    user: { id: 'u1' },
    project: { id: PROJECT },
    catalog: [
      { type: 'compute', endpoints: endpoints('/compute/v2.1') },
      { type: 'network', endpoints: endpoints('/network') },
      { type: 'image', endpoints: endpoints('/image') },
      { type: 'volumev3', endpoints: endpoints(`/volume/v3/${PROJECT}`) },
    ],
    ...more,
  };
  return sayJson(response, 201, { token }, { 'x-subject-token': id });
}

/** What a call throws. */
export async function failureOf(call: Promise<unknown>): Promise<unknown> {
  const none = Symbol('no failure');
  const failure = await call.then(
    () => none,
    (error: unknown) => error,
  );
  if (failure === none) throw new Error('it should have failed');
  return failure;
}

/** How many requests to a path there were, whatever their query. */
export function countOf(server: CloudServer, path: string, method?: string): number {
  return server.asked.filter((it) => it.url.split('?')[0] === path && (method ?? it.method) === it.method).length;
}

/** Closes the connection instead of answering. */
export const cutOff: Behaviour = (_, response) => {
  response.socket?.destroy();
  return true;
};

/** Refuses as Nova does. */
export function status(code: number, headers: Readonly<Record<string, string>> = {}): Behaviour {
  return (_, response) => sayJson(response, code, { computeFault: { message: 'not now', code } }, headers);
}

export const SIGN_IN = '/identity/v3/auth/tokens';
export const FLAVORS = '/compute/v2.1/flavors/detail';
export const SERVERS = '/compute/v2.1/servers';
export const newServer = {
  name: 's',
  flavorId: 'f',
  imageId: 'i',
  portIds: ['p'],
  userData: '',
  metadata: {},
  tags: [],
} as const;

const computeVersions = { version: { id: 'v2.1', status: 'CURRENT', version: '2.93', min_version: '2.1', links: [] } };

function cloudsYaml(origin: string): string {
  return `clouds:
  local:
    auth:
      auth_url: ${origin}/identity
      username: tester
      password: ${PASSWORD}
      project_name: test
    region_name: RegionOne
`;
}
