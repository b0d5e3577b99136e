// The workload `hello`: the same short answer to every request, after reading all of it.
import { createServer } from 'node:http';

const GREETING = 'Hello from givre\n';
const DEFAULT_PORT = 8080;
// How long requests in flight may take to finish after SIGTERM.
const DRAIN_MS = 3000;
// Node's own 5 s would end connections under a proxy that is about to reuse them.
const KEEP_ALIVE_MS = 120_000;

const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, answer);
server.listen(Number(process.env.PORT || DEFAULT_PORT), '0.0.0.0');
process.once('SIGTERM', stop);
process.once('SIGINT', stop);

function answer(request, response) {
  const path = request.url.split('?', 1)[0];
  if (path === '/_/health' || path === '/_/ready') {
    text(response, 200, 'ok\n');
    return;
  }
  request.once('error', () => response.destroy());
  request.once('end', () => text(response, 200, GREETING));
  request.resume();
}

function text(response, status, body) {
  // With the length given, the answer leaves in one piece instead of as a chunked one.
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}

function stop() {
  server.close(() => process.exit(0));
  setTimeout(() => process.exit(0), DRAIN_MS).unref();
}
