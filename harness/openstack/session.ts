import { secretsOf, signIn, type Token } from './identity.ts';
import type { Patience } from './retry.ts';
import type { CloudSettings } from './settings.ts';
import type { Answer, Exchange, Transport } from './transport.ts';

/** A token that is renewed when needed, and requests that carry it. */
export interface Session {
  /** The one in use. */
  token(): Token;
  /** Sends with a token; one that was refused (401) is replaced once. */
  exchange(exchange: Exchange): Promise<Answer>;
  /** The cloud's clock, in milliseconds since 1970, by when the token in use was issued; null for one that we brought. */
  nowMs(): number | null;
  /** Must never be shown. */
  secrets(): readonly string[];
  readonly patience: Patience;
}

export interface SessionParts {
  readonly settings: CloudSettings;
  readonly transport: Transport;
  readonly patience: Patience;
  /** Ends the first signing in, and none later. */
  readonly signal: AbortSignal;
}

/** @throws CloudError as `signIn` does. */
export async function openSession(parts: SessionParts): Promise<Session> {
  const { settings, transport, patience } = parts;
  const identity = { settings, transport, patience };
  let current = await signIn(parts);
  let renewal: Promise<Token> | undefined;

  /** However many requests find the token too old, there is one renewal. */
  const replace = async (old: Token): Promise<Token> => {
    if (current !== old) return current;
    renewal ??= signIn(identity)
      .then((token) => {
        current = token;
        return token;
      })
      .finally(() => {
        renewal = undefined;
      });
    return await renewal;
  };
  const renewable = settings.credential.kind !== 'token';
  const send = (exchange: Exchange, token: Token): Promise<Answer> =>
    transport.exchange({ ...exchange, headers: { ...exchange.headers, 'x-auth-token': token.id } });

  return {
    token: () => current,
    async exchange(exchange) {
      const token = renewable && performance.now() > current.renewAfter ? await replace(current) : current;
      const answer = await send(exchange, token);
      return answer.status === 401 && renewable ? await send(exchange, await replace(token)) : answer;
    },
    nowMs: () => (current.issued === null ? null : current.issued.cloudMs + performance.now() - current.issued.atMs),
    secrets: () => [...secretsOf(settings.credential), current.id],
    patience,
  };
}
