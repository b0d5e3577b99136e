import type { FastifyRequest } from 'fastify';
import { readBody } from '../serving/body.ts';
import { bodyLimitBytes, type Item, maxPriceCents, maxQuantity, totalsOf } from '../workloads/json.ts';
import { parseStrictly } from '../workloads/strict-json.ts';
import { assumedType, everyMethod, type Routes } from './routes.ts';

export { bodyLimitBytes };

const text = { type: 'string' };
const integer = { type: 'integer' };

const order = object({
  items: array(
    object({
      id: text,
      quantity: { ...integer, minimum: 0, maximum: maxQuantity },
      price_cents: { ...integer, minimum: 0, maximum: maxPriceCents },
      tags: array(text),
    }),
  ),
});

const totals = object({
  count: integer,
  quantity: integer,
  total_cents: integer,
  tags: { type: 'object', additionalProperties: integer },
  items: array(object({ id: text, total_cents: integer })),
});

export const routes: Routes = (bodyOf) => async (app) => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(assumedType, async ({ raw }: FastifyRequest) => parseStrictly(await readBody(bodyOf(raw))));
  app.route<{ Body: { readonly items: readonly Item[] } }>({
    method: everyMethod,
    url: '/',
    schema: { body: order, response: { 200: totals } },
    handler: async ({ body }) => totalsOf(body.items),
  });
};

function object(properties: Readonly<Record<string, object>>) {
  return { type: 'object', properties, required: Object.keys(properties) };
}

function array(items: object) {
  return { type: 'array', items };
}
