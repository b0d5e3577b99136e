import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';

/** A thing of an engine that carries labels. */
interface Labelled {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface FakeEngine extends AsyncDisposable {
  /** For `DOCKER_HOST`. */
  readonly address: string;
  /** Its own clock, in milliseconds since 1970. */
  nowMs: number;
  containers: Labelled[];
  networks: Labelled[];
  /** By container: the file by which a live run renews it. */
  readonly renewed: Map<string, number>;
}

const VERSION = '1.41';

/** What of Docker's API the `docker` client needs to list, inspect and remove: an engine whose clock can be set. */
export async function startFakeEngine(): Promise<FakeEngine> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://engine');
    answer(engine, `${request.method} ${url.pathname.replace(/^\/v[\d.]+/, '')}`, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const engine: FakeEngine = {
    address: `tcp://127.0.0.1:${address.port}`,
    nowMs: Date.now(),
    containers: [],
    networks: [],
    renewed: new Map(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
  return engine;
}

function answer(engine: FakeEngine, asked: string, response: ServerResponse): void {
  const say = (status: number, body: unknown = ''): void => {
    response.writeHead(status, { 'api-version': VERSION, ostype: 'linux', 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  const [, id = '', rest = ''] = /^\w+ \/containers\/([^/]+)(\/.*)?$/.exec(asked) ?? [];
  const container = engine.containers.find((it) => it.id === id);
  const network = engine.networks.find((it) => asked === `DELETE /networks/${it.name}`);
  if (/ \/_ping$/.test(asked)) say(200, 'OK');
  else if (asked === 'GET /version') say(200, { Version: '20.10.24', ApiVersion: VERSION, MinAPIVersion: '1.12' });
  else if (asked === 'GET /info') say(200, { SystemTime: new Date(engine.nowMs).toISOString() });
  else if (asked === 'GET /containers/json')
    say(
      200,
      engine.containers.map((it) => ({ Id: it.id, Names: [`/${it.name}`] })),
    );
  else if (asked === 'GET /networks')
    say(
      200,
      engine.networks.map((it) => ({ Id: it.id, Name: it.name, Labels: it.labels })),
    );
  else if (container !== undefined && rest === '/json') {
    say(200, { Id: id, Name: `/${container.name}`, Config: { Labels: container.labels } });
  } else if (container !== undefined && asked.startsWith('DELETE ')) {
    engine.containers = engine.containers.filter((it) => it !== container);
    say(204);
  } else if (network !== undefined) {
    engine.networks = engine.networks.filter((it) => it !== network);
    say(204);
  } else if (container !== undefined && rest === '/archive' && engine.renewed.has(id)) {
    const stat = { name: 'expires', size: 10, mode: 420, mtime: new Date(0).toISOString(), linkTarget: '' };
    const content = String(engine.renewed.get(id)).padEnd(512, '\0');
    response.writeHead(200, {
      'content-type': 'application/x-tar',
      'x-docker-container-path-stat': Buffer.from(JSON.stringify(stat)).toString('base64'),
    });
    // As `docker cp … -` hands it on: a header, which nobody looks at, and the file.
    response.end(`${'\0'.repeat(512)}${content}${'\0'.repeat(1024)}`);
  } else say(404, { message: `no such thing: ${asked}` });
}
