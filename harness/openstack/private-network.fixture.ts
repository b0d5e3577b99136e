import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';

/** A network of one's own behind a router to the external one, as floating IPs need it; the client makes none. */
export interface PrivateNetwork extends AsyncDisposable {
  readonly networkId: string;
  readonly externalId: string;
}

const cloudsSchema = z.object({
  clouds: z.object({
    tester: z.object({
      auth: z.object({
        auth_url: z.string(),
        username: z.string(),
        password: z.string(),
        project_name: z.string(),
      }),
    }),
  }),
});
const tokenSchema = z.object({
  token: z.object({
    catalog: z.array(
      z.object({ type: z.string(), endpoints: z.array(z.object({ interface: z.string(), url: z.string() })) }),
    ),
  }),
});
const madeSchema = z.record(z.string(), z.looseObject({ id: z.string() }));

export async function makePrivateNetwork(
  cloudsPath: string,
  externalId: string,
  name: string,
): Promise<PrivateNetwork> {
  const ask = await signIn(cloudsPath);
  const make = async (path: string, kind: string, body: object): Promise<string> => {
    const made = madeSchema.parse(await ask('POST', path, { [kind]: { name, ...body } }));
    return made[kind]?.id ?? '';
  };
  const network = await make('networks', 'network', {});
  const subnet = await make('subnets', 'subnet', { network_id: network, ip_version: 4, cidr: '192.168.78.0/24' });
  const router = await make('routers', 'router', { external_gateway_info: { network_id: externalId } });
  await ask('PUT', `routers/${router}/add_router_interface`, { subnet_id: subnet });
  return {
    networkId: network,
    externalId,
    async [Symbol.asyncDispose]() {
      await ask('PUT', `routers/${router}/remove_router_interface`, { subnet_id: subnet });
      await ask('DELETE', `routers/${router}`);
      await ask('DELETE', `networks/${network}`);
    },
  };
}

type Ask = (method: string, path: string, body?: object) => Promise<unknown>;

async function signIn(cloudsPath: string): Promise<Ask> {
  const { auth } = cloudsSchema.parse(parse(await readFile(cloudsPath, 'utf8'))).clouds.tester;
  const domain = { name: 'Default' };
  const identity = {
    methods: ['password'],
    password: { user: { name: auth.username, password: auth.password, domain } },
  };
  const signedIn = await fetch(`${auth.auth_url}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth: { identity, scope: { project: { name: auth.project_name, domain } } } }),
  });
  const token = signedIn.headers.get('x-subject-token') ?? '';
  const { catalog } = tokenSchema.parse(await signedIn.json()).token;
  const endpoints = catalog.find((it) => it.type === 'network')?.endpoints;
  const root = endpoints?.find((it) => it.interface === 'public')?.url ?? '';
  return async (method, path, body) => {
    const answer = await fetch(`${root}/v2.0/${path}`, {
      method,
      headers: { 'content-type': 'application/json', 'x-auth-token': token },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
}
