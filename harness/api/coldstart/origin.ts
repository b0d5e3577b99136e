import type { Exchange } from '../../agent/protocol.ts';
import type { Origin } from '../../runs/schema.ts';

/**
 * Whose answer a wrong answer is. OpenFaaS' own proxies name themselves in `X-OpenFaaS-Internal`:
 * the provider's says `proxy`, the watchdogs their name, the gateway `gateway`.
 */
export function originOf(exchange: Exchange): Origin {
  const internal = exchange.headers['x-openfaas-internal'] ?? '';
  if (internal.includes('watchdog')) return 'watchdog';
  if (internal === 'proxy') return 'provider';
  if (internal !== '') return 'gateway';
  // Nothing came back at all, and the gateway is who we talk to.
  if (exchange.status === null) return 'gateway';
  // With X-Start-Time the gateway has forwarded the call, so the answer was made behind it.
  if (exchange.headers['x-start-time'] === undefined && exchange.status >= 400) return 'gateway';
  return 'function';
}
