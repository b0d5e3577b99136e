import type { OutgoingHttpHeaders } from 'node:http';
import { z } from 'zod';

/** A whole answer: what the cloud said, or what a fault makes of it. */
export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

/** What the faults need to know of JSON that the cloud has sent: objects, lists of objects, ids. */
export type JsonObject = Readonly<Record<string, unknown>>;

const objectSchema = z.record(z.string(), z.unknown());

export function asObject(value: unknown): JsonObject | undefined {
  const parsed = objectSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** Undefined for what is no JSON object. */
export function bodyOf(answer: Answer): JsonObject | undefined {
  try {
    return asObject(JSON.parse(answer.body.toString()));
  } catch {
    return undefined;
  }
}

/** The answer with another body; an answer that is no JSON object stays as it is. */
export function withBody(answer: Answer, edit: (body: JsonObject) => unknown): Answer {
  const body = bodyOf(answer);
  return body === undefined ? answer : { ...answer, body: Buffer.from(JSON.stringify(edit(body))) };
}

/** Lists come as `{"servers": [...], "servers_links": [...]}`: the entry that is no list of links. */
export function listIn(body: JsonObject): { readonly key: string; readonly items: readonly JsonObject[] } | undefined {
  for (const [key, value] of Object.entries(body)) {
    if (!Array.isArray(value) || key.endsWith('_links') || key === 'links') continue;
    return { key, items: value.map(asObject).filter((it) => it !== undefined) };
  }
  return undefined;
}

/** The id of what an answer to a POST says was made. Nova, Neutron and Cinder wrap it in its kind; Glance does not. */
export function createdId(body: JsonObject): string | undefined {
  const candidates = [body, ...Object.values(body).map(asObject)];
  return candidates.map((it) => it?.id).find((id) => typeof id === 'string');
}
