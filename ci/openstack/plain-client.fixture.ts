import { expect } from 'vitest';
import { z } from 'zod';
import { messageOf } from '../../harness/core/errors.ts';
import { type FaultyCloud, startFaultyCloud } from './faulty-cloud/cloud.ts';
import { type PlainCloud, startPlainCloud } from './plain-cloud.fixture.ts';

export const tokenSchema = z.object({
  token: z.object({
    catalog: z.array(z.object({ type: z.string(), endpoints: z.array(z.object({ url: z.string() })) })),
  }),
});
export const listSchema = z.object({
  servers: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      status: z.string(),
      metadata: z.record(z.string(), z.string()),
      fault: z.object({ code: z.number(), message: z.string() }).optional(),
    }),
  ),
  servers_links: z.array(z.object({ rel: z.string(), href: z.string() })).optional(),
});
export const createdSchema = z.object({ server: z.object({ id: z.string() }) });

/** Plain calls by way of a faulty cloud that stands in front of a plain one. */
export interface PlainClient {
  readonly plain: PlainCloud;
  readonly faulty: FaultyCloud;
  /** The address of the compute service, out of the catalog. */
  readonly compute: string;
  /** First address of each service, by its type. */
  catalog(): Promise<ReadonlyMap<string, string>>;
  create(name: string): Promise<Response>;
  createdId(name: string): Promise<string>;
  list(query?: string): Promise<z.infer<typeof listSchema>>;
  close(): Promise<void>;
}

export async function openPlainClient(): Promise<PlainClient> {
  const plain = await startPlainCloud();
  const faulty = await startFaultyCloud({ authUrl: plain.authUrl });
  const compute = (await catalogOf(faulty)).get('compute') ?? '';
  const create = (name: string): Promise<Response> =>
    fetch(`${compute}/servers`, { method: 'POST', body: JSON.stringify({ server: { name } }) });
  return {
    plain,
    faulty,
    compute,
    catalog: () => catalogOf(faulty),
    create,
    createdId: async (name) => createdSchema.parse(await (await create(name)).json()).server.id,
    list: async (query = '') => listSchema.parse(await (await fetch(`${compute}/servers/detail${query}`)).json()),
    async close() {
      await faulty.close();
      plain.close();
    },
  };
}

async function catalogOf(faulty: FaultyCloud): Promise<ReadonlyMap<string, string>> {
  const answer = await fetch(`${faulty.authUrl}/auth/tokens`, { method: 'POST', body: '{}' });
  const { token } = tokenSchema.parse(await answer.json());
  return new Map(token.catalog.map(({ type, endpoints }) => [type, endpoints[0]?.url ?? '']));
}

/** All messages of what was thrown: undici wraps what happened in "fetch failed". */
export async function failureOf(call: Promise<unknown>): Promise<string> {
  const innermost = (error: unknown): string =>
    error instanceof Error && error.cause !== undefined
      ? `${messageOf(error.cause)} ${innermost(error.cause)}`
      : messageOf(error);
  return await call.then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => innermost(error),
  );
}
