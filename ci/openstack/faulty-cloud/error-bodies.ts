import { randomUUID } from 'node:crypto';
import type { Answer } from './answer.ts';

/** Nova's word for a status, under which it nests its message. */
const novaWords: Readonly<Record<number, string>> = {
  400: 'badRequest',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'itemNotFound',
  409: 'conflictingRequest',
  413: 'overLimit',
  429: 'overLimit',
  500: 'computeFault',
  503: 'serviceUnavailable',
};

const neutronTypes: Readonly<Record<number, string>> = {
  403: 'PolicyNotAuthorized',
  404: 'NotFound',
  409: 'Conflict',
  413: 'OverQuota',
  500: 'HTTPInternalServerError',
  503: 'ServiceUnavailable',
};

/** An error as the service would put it: each nests its message in its own way. With a request id of its own. */
export function errorAnswer(
  service: string,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const requestId = `req-${randomUUID()}`;
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-openstack-request-id': requestId, ...headers },
    body: Buffer.from(JSON.stringify(errorBody(service, status, message))),
  };
}

function errorBody(service: string, status: number, message: string): unknown {
  if (service === 'network') {
    return { NeutronError: { type: neutronTypes[status] ?? 'HTTPError', message, detail: '' } };
  }
  if (service === 'identity') return { error: { code: status, message, title: 'Error' } };
  if (service === 'image') return { code: `${status} Error`, title: 'Error', message: `${message}<br /><br />` };
  return { [novaWords[status] ?? 'computeFault']: { code: status, message } };
}

/** What a load balancer says when it feels like it. */
export function htmlAnswer(status: number, title: string): Answer {
  const html = `<html>\r\n<head><title>${title}</title></head>\r\n<body><center><h1>${title}</h1></center></body>\r\n</html>\r\n`;
  return { status, headers: { 'content-type': 'text/html' }, body: Buffer.from(html) };
}
