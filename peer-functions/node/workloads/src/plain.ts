// Workloads behind node:http, without a framework.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { refuse, send } from './serving/answer.ts';
import { parametersOf } from './serving/parameters.ts';
import { type Body, type Call, plainText, type Workload } from './serving/workload.ts';
import { loadWorkload } from './workloads/index.ts';

export async function handlerOf(name: string): Promise<RequestListener> {
  const workload = await loadWorkload(name);
  return (request, response) => {
    // Without a listener, a client that goes away would end the process.
    request.on('error', () => {});
    response.on('error', () => {});
    void serve(workload, request, response);
  };
}

async function serve(workload: Workload, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const target = request.url ?? '/';
  const [path] = target.split('?', 1);
  if (path === '/_/health' || path === '/_/ready') return send(response, plainText('ok\n'));
  const body: Body = { source: request, limitBytes: workload.bodyLimitBytes, readBytes: 0 };
  try {
    send(response, await workload.answer(callOf(request, response, body)));
  } catch (error) {
    await refuse(response, body, error);
  }
}

function callOf(request: IncomingMessage, response: ServerResponse, body: Body): Call {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return {
    method: request.method ?? 'GET',
    parameters: parametersOf(request.url ?? ''),
    contentType: request.headers['content-type'],
    signal: gone.signal,
    body,
  };
}
