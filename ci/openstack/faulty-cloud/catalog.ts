import { z } from 'zod';
import type { Answer } from './answer.ts';

/** Block storage has had many types; rules know it as `volume`. */
const VOLUME_TYPES = ['block-storage', 'block-store', 'volume', 'volumev2', 'volumev3'];

const tokenSchema = z.looseObject({
  token: z.looseObject({
    catalog: z.array(z.looseObject({ type: z.string(), endpoints: z.array(z.looseObject({ url: z.url() })) })),
  }),
});

/** The word for a service in rules and in the log. */
function serviceOf(catalogType: string): string {
  return VOLUME_TYPES.includes(catalogType) ? 'volume' : catalogType;
}

/** A token's answer with the proxy's addresses in its catalog, so that every call comes through the proxy. */
export async function rewriteCatalog(
  answer: Answer,
  ownOriginOf: (service: string, cloudOrigin: string) => Promise<string>,
): Promise<Answer> {
  if (answer.status >= 300) return answer;
  const { data } = tokenSchema.safeParse(JSON.parse(answer.body.toString()));
  // Tokens without a scope have no catalog.
  if (data === undefined) return answer;
  for (const { type, endpoints } of data.token.catalog) {
    for (const endpoint of endpoints) {
      const { origin } = new URL(endpoint.url);
      endpoint.url = endpoint.url.replace(origin, await ownOriginOf(serviceOf(type), origin));
    }
  }
  return { ...answer, body: Buffer.from(JSON.stringify(data)) };
}
