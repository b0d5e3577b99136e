import type { Origin, Path } from '../runs/schema.ts';

/** What requests are sent to: one of the paths to a function, or the gateway's queue. */
export type Via = Path | 'queue';

/** What a wrong answer says of itself. */
export interface Answer {
  /** 0: none came. */
  readonly status: number;
  /** In lower case; only `x-openfaas-internal`, `x-start-time` and `content-type` are looked at. */
  readonly headers: Readonly<Record<string, string>>;
  /** The first line of the body, or the client's own word where no answer came. */
  readonly words: string;
}

/** What only the client itself can have run out of, in the words of Go, Linux and Node. */
const OUR_OWN = /too many open files|EMFILE|cannot assign requested address|EADDRNOTAVAIL|no such host|ENOTFOUND/i;

/**
 * Whose answer a wrong answer is. OpenFaaS' own proxies name themselves in `X-OpenFaaS-Internal`: the provider's says
 * `proxy`, the watchdogs their name, the gateway `gateway`.
 *
 * @see https://github.com/openfaas/faas/tree/master/gateway/handlers (`scaling.go`, `forwarding_proxy.go`, `queue_proxy.go`)
 */
export function originOf({ status, headers, words }: Answer, via: Via): Origin {
  if (status === 0) return OUR_OWN.test(words) ? 'harness' : neighbourOf(via);
  const internal = headers['x-openfaas-internal'] ?? '';
  if (internal.includes('watchdog')) return 'watchdog';
  if (internal === 'proxy') return 'provider';
  if (internal !== '') return 'gateway';
  if (via === 'direct' || via === 'provider') return 'function';
  if (words.startsWith('Error queuing request')) return 'queue';
  // With X-Start-Time the gateway has forwarded the call, so the answer was made behind it.
  if (headers['x-start-time'] === undefined && status >= 400) return 'gateway';
  // Where the provider cannot be reached the gateway answers without a body or a type; all that went through the provider has one.
  if (status === 502 && words === '' && headers['content-type'] === undefined) return 'gateway';
  return via === 'queue' ? 'gateway' : 'function';
}

/** Nothing came back at all, and this is who we talk to. */
function neighbourOf(via: Via): Origin {
  if (via === 'direct') return 'function';
  return via === 'provider' ? 'provider' : 'gateway';
}
