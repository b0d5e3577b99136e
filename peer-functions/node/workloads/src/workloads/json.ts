import { readBody } from '../serving/body.ts';
import { badRequest } from '../serving/problem.ts';
import { json, type Workload } from '../serving/workload.ts';
import { isIntegerWithin, isObject, parseStrictly } from './strict-json.ts';

export interface Item {
  readonly id: string;
  readonly quantity: number;
  readonly price_cents: number;
  readonly tags: readonly string[];
}

interface Totals {
  readonly count: number;
  readonly quantity: number;
  readonly total_cents: number;
  readonly tags: Readonly<Record<string, number>>;
  readonly items: readonly { readonly id: string; readonly total_cents: number }[];
}

export const bodyLimitBytes = 2 * 1024 * 1024;
export const maxQuantity = 10_000;
export const maxPriceCents = 10_000_000;

export const workload: Workload = {
  bodyLimitBytes,
  answer: async ({ body }) => json(totalsOf(itemsOf(parseStrictly(await readBody(body))))),
};

/** Sums up, with the items by falling total, equal ones in the order given. */
export function totalsOf(items: readonly Item[]): Totals {
  const tags = new Map<string, number>();
  const totals = items.map(({ id, quantity, price_cents }) => ({ id, total_cents: quantity * price_cents }));
  for (const tag of items.flatMap((item) => item.tags)) tags.set(tag, (tags.get(tag) ?? 0) + 1);
  return {
    count: items.length,
    quantity: items.reduce((sum, { quantity }) => sum + quantity, 0),
    total_cents: totals.reduce((sum, { total_cents }) => sum + total_cents, 0),
    // Unlike an assignment, this makes a plain key even of "__proto__".
    tags: Object.fromEntries(tags),
    items: totals.sort((a, b) => b.total_cents - a.total_cents),
  };
}

function itemsOf(value: unknown): readonly Item[] {
  if (!isObject(value) || !Array.isArray(value.items)) throw badRequest('The request body has no list of items.');
  const wrong = value.items.findIndex((item) => !isItem(item));
  if (wrong >= 0) throw badRequest(`Item ${wrong} of the request body lacks a key, or a value is out of its range.`);
  return value.items;
}

function isItem(value: unknown): value is Item {
  return (
    isObject(value) &&
    typeof value.id === 'string' &&
    isIntegerWithin(value.quantity, 0, maxQuantity) &&
    isIntegerWithin(value.price_cents, 0, maxPriceCents) &&
    Array.isArray(value.tags) &&
    value.tags.every((tag) => typeof tag === 'string')
  );
}
