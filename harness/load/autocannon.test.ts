import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { autocannonLoad } from './autocannon.ts';
import type { LoadPlan } from './load.ts';

test('whoever takes the seconds of a closed loop ends it by failing', async () => {
  const server = createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const plan: LoadPlan = {
    id: 'closed',
    request: {
      ...{ url: `http://127.0.0.1:${address.port}/`, method: 'POST', headers: {}, body: new Uint8Array() },
      expect: { status: 200, body: 'ok' },
    },
    arrivals: { kind: 'closed', connections: 2, durationMs: 600_000 },
    ...{ warmUpMs: 0, timeoutMs: 1_000, virtualUsers: 2 },
  };
  const running = autocannonLoad().run(plan, new AbortController().signal, () => {
    throw new RangeError('no room for a second');
  });
  try {
    await expect(running).rejects.toThrow(new RangeError('no room for a second'));
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
