import type { Installation } from '../core/platform.ts';
import type { HttpRequest } from './protocol.ts';

/** An administrative request; its credentials travel on the agent's standard input only. */
export function managementRequest(
  { credentials }: Installation,
  request: { address: string; method: string; path: string; body: unknown },
): HttpRequest {
  const token = Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64');
  return {
    address: request.address,
    method: request.method,
    path: request.path,
    headers: { authorization: `Basic ${token}`, 'content-type': 'application/json' },
    bodyBase64: Buffer.from(JSON.stringify(request.body)).toString('base64'),
  };
}
