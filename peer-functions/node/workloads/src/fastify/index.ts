// Workloads as they are written with Fastify: its routes, content type parsers, schemas and error handler.
import type { IncomingMessage, RequestListener } from 'node:http';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify';
import { refuse } from '../serving/answer.ts';
import { dropBody } from '../serving/body.ts';
import { badRequest } from '../serving/problem.ts';
import type { Body } from '../serving/workload.ts';
import { assumedType, everyMethod, plain, type Routes } from './routes.ts';

const byName: Readonly<Record<string, () => Promise<{ readonly routes: Routes; readonly bodyLimitBytes: number }>>> = {
  hello: () => import('./hello.ts'),
  json: () => import('./json.ts'),
};

/** @throws Error with the names of those that there are. */
export async function handlerOf(name: string): Promise<RequestListener> {
  const load = Object.hasOwn(byName, name) ? byName[name] : undefined;
  if (load === undefined) {
    throw new Error(
      `WORKLOAD is "${name}"; with FRAMEWORK=fastify set it to one of: ${Object.keys(byName).join(', ')}`,
    );
  }
  const { routes, bodyLimitBytes } = await load();
  const app = newApp(bodyLimitBytes, routes);
  await app.ready();
  return (request, response) => app.routing(request, response);
}

function newApp(limitBytes: number, routes: Routes): FastifyInstance {
  const bodies = new WeakMap<IncomingMessage, Body>();
  const bodyOf = (source: IncomingMessage) => {
    const body = bodies.get(source) ?? { source, limitBytes, readBytes: 0 };
    bodies.set(source, body);
    return body;
  };
  const app = Fastify({
    exposeHeadRoutes: false,
    rewriteUrl: ({ url = '/' }) => routedUrl(url),
    // JSON of another type is wrong, and not to be converted.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
  });
  for (const method of everyMethod) app.addHttpMethod(method, { hasBody: true, overrideExisting: true });
  // Fastify would refuse a type that is malformed or, with some methods, missing.
  app.addHook('onRequest', async ({ raw }) => {
    raw.headers['content-type'] = assumedType;
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(assumedType, ({ raw }: FastifyRequest) => dropBody(bodyOf(raw)));
  app.setErrorHandler<FastifyError>(async (error, { raw }, reply) => {
    reply.hijack();
    await refuse(
      reply.raw,
      bodyOf(raw),
      error.validation ? badRequest(`The request has a fault: ${error.message}.`) : error,
    );
  });
  for (const url of ['/_/health', '/_/ready']) {
    app.route({ method: everyMethod, url, handler: (_request, reply) => reply.type(plain).send('ok\n') });
  }
  app.register(routes(bodyOf));
  return app;
}

/** Of all paths only two mean anything here, and the router refuses those that it cannot decode. */
function routedUrl(url: string): string {
  const [path = ''] = url.split('?', 1);
  return path === '/_/health' || path === '/_/ready' ? path : '/';
}
