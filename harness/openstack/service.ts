import type { z } from 'zod';
import { parseAnswer, type Sent, statusError } from './answers.ts';
import type { ServiceName } from './catalog.ts';
import { orUndefined } from './errors.ts';
import { withRetries } from './retry.ts';
import type { Session } from './session.ts';
import type { Answer, Exchange } from './transport.ts';

interface ServiceRequest {
  readonly method: Exchange['method'];
  /** Below the service's root: `/servers`. */
  readonly path: string;
  /** The path begins at the version, also where the catalog's address goes on with the project. */
  readonly aboveProject?: boolean;
  readonly query?: Query;
  readonly json?: unknown;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Asking twice does no harm; so it is by default for everything but POST. */
  readonly repeatable?: boolean;
}

export type Query = Readonly<Record<string, string | undefined>>;

/** One service of a cloud: JSON in and out, patience, pages. */
export interface Service {
  readonly name: ServiceName;
  readonly root: string;
  /** Sends and reads the answer. */
  read<T>(schema: z.ZodType<T>, request: ServiceRequest): Promise<T>;
  /** Sends; whatever a successful answer says is ignored. */
  send(request: ServiceRequest): Promise<void>;
  /** Sends a DELETE; what is gone already (404) is no error. */
  remove(path: string): Promise<void>;
  /** Items a page; undefined for the service's own choice. */
  readonly pageSize: number | undefined;
}

export function openService(name: ServiceName, root: string, session: Session, pageSize: number | undefined): Service {
  const ask = <T>(request: ServiceRequest, understand: (sent: Sent, answer: Answer) => T): Promise<T> => {
    const base = request.aboveProject ? root.replace(/(\/v\d+(\.\d+)?)\/.*$/, '$1') : root;
    const url = `${base}${request.path}${queryText(request.query)}`;
    const repeatable = request.repeatable ?? request.method !== 'POST';
    const sent: Sent = { service: name, method: request.method, path: new URL(url).pathname, repeatable };
    const exchange: Exchange = {
      service: name,
      method: request.method,
      url,
      ...contentOf(request),
      timeoutMs: session.patience.requestMs,
    };
    return withRetries({ patience: session.patience, service: name, repeatable }, async () => {
      const answer = await session.exchange(exchange);
      if (answer.status >= 300) throw statusError(sent, answer, session.secrets());
      return understand(sent, answer);
    });
  };
  const read = <T>(schema: z.ZodType<T>, request: ServiceRequest): Promise<T> =>
    ask(request, (sent, answer) => parseAnswer(sent, answer, schema, session.secrets()));
  return {
    name,
    root,
    read,
    send: (request) => ask(request, () => undefined),
    async remove(path) {
      await orUndefined(ask({ method: 'DELETE', path }, () => undefined));
    },
    pageSize,
  };
}

function contentOf({ json, contentType, headers }: ServiceRequest): Pick<Exchange, 'headers' | 'body'> {
  const accepted = { accept: 'application/json', ...headers };
  if (json === undefined) return { headers: accepted, body: null };
  return { headers: { ...accepted, 'content-type': contentType ?? 'application/json' }, body: JSON.stringify(json) };
}

function queryText(query: Query = {}): string {
  const given = Object.entries(query).flatMap(([key, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(key)}=${encodeURIComponent(value)}`],
  );
  return given.length === 0 ? '' : `?${given.join('&')}`;
}
