import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';

const defaultPort = 8080;
// How long requests in flight may take to finish after the signal to stop.
const drainMs = 3000;
// Node's own 5 s would end connections under a proxy that is about to reuse them.
const keepAliveMs = 120_000;

/**
 * Takes connections from now on. Requests wait, unread, until the handler is handed over; then they are answered in
 * the order in which they came.
 */
export function listen(): (handler: RequestListener) => void {
  const waiting: [IncomingMessage, ServerResponse][] = [];
  let handle: RequestListener = (request, response) => waiting.push([request, response]);
  const server = createServer({ keepAliveTimeout: keepAliveMs }, (request, response) => handle(request, response));
  server.listen(Number(process.env.PORT || defaultPort), '0.0.0.0');
  stopOnSignal(server);
  return (handler) => {
    handle = handler;
    for (const [request, response] of waiting.splice(0)) handler(request, response);
  };
}

function stopOnSignal(server: Server): void {
  const stop = () => {
    // A connection that becomes idle while others are still busy has no further use, and would hold up the end.
    server.prependListener('request', (_request, response) => response.setHeader('Connection', 'close'));
    const idle = setInterval(() => server.closeIdleConnections(), 50);
    server.close(() => process.exit(0));
    setTimeout(() => process.exit(0), drainMs);
    idle.unref();
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}
