import { z } from 'zod';
import { CloudError } from './errors.ts';
import type { Query, Service } from './service.ts';

interface ListRequest {
  readonly path: string;
  /** Below it the answer has its items: `servers`. */
  readonly key: string;
  /** For a service that gives no links: how many items it puts on a page by itself. */
  readonly itemsWithoutLinks?: number;
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string>>;
}

const linksSchema = z.array(z.looseObject({ rel: z.string(), href: z.string() }));

/**
 * The items of all pages, each once. Of a link to the next page only the query counts: services behind a proxy often
 * name a host, or leave out a prefix, that leads nowhere. A page without anything new is the last one: markers may repeat.
 */
export async function listAll<T extends { readonly id: string }>(
  service: Service,
  item: z.ZodType<T>,
  { path, key, itemsWithoutLinks, query, headers = {} }: ListRequest,
): Promise<readonly T[]> {
  const found = new Map<string, T>();
  const schema = pageSchema(key, item);
  const limit = service.pageSize ?? itemsWithoutLinks;
  const first: Query = { ...query, limit: limit?.toString() };
  const following = ({ items, link }: Page<T>): Query | undefined => {
    if (link !== undefined) return queryOf(link);
    const isFull = itemsWithoutLinks !== undefined && items.length === limit;
    return isFull ? { ...first, offset: String(found.size) } : undefined;
  };
  for (let next: Query | undefined = first; next !== undefined; ) {
    const reading: Promise<Page<T>> = service.read(schema, { method: 'GET', path, query: next, headers });
    const page = await (found.size === 0 ? reading : reading.catch(missingPage));
    const before = found.size;
    for (const it of page.items) found.set(it.id, it);
    next = found.size === before ? undefined : following(page);
  }
  return [...found.values()];
}

/** The item that a page begins after may be deleted meanwhile: that 404 does not say that there is no such collection. */
function missingPage(error: unknown): never {
  if (!(error instanceof CloudError) || error.status !== 404) throw error;
  const message = `a list broke off after some of its pages: ${error.message}`;
  throw new CloudError({ ...error, code: 'E_CLOUD_ANSWER', status: undefined, message, cause: error });
}

interface Page<T> {
  readonly items: readonly T[];
  readonly link: string | undefined;
}

/** Glance has `next`; Nova, Neutron and Cinder have `servers_links` and the like. */
function pageSchema<T>(key: string, item: z.ZodType<T>): z.ZodType<Page<T>> {
  const page = z.object({ items: z.array(item), links: linksSchema.optional(), next: z.string().optional() });
  const renamed = (answer: unknown): unknown => {
    const fields = z.record(z.string(), z.unknown()).safeParse(answer).data ?? {};
    return { items: fields[key], links: fields[`${key}_links`], next: fields.next };
  };
  return z
    .preprocess(renamed, page)
    .transform(({ items, links, next }) => ({ items, link: next ?? links?.find(({ rel }) => rel === 'next')?.href }));
}

function queryOf(link: string): Query | undefined {
  // The base only lets `/v2/images?marker=…` be read.
  const url = URL.parse(link, 'http://localhost');
  return url === null || url.search === '' ? undefined : Object.fromEntries(url.searchParams);
}
