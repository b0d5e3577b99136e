import { Redis } from 'ioredis';
import { readBody } from '../serving/body.ts';
import { matching } from '../serving/parameters.ts';
import { notFound, unavailable } from '../serving/problem.ts';
import type { Workload } from '../serving/workload.ts';

const defaultAddress = '10.62.0.1:6379';
// Of each of the two commands of a request, whose client has an answer within 2 s.
const patienceMs = 900;

const [host = '', port = ''] = (process.env.KV_ADDRESS || defaultAddress).split(/:(?=\d+$)/);

const store = new Redis({
  host,
  port: Number(port),
  lazyConnect: true,
  connectTimeout: patienceMs,
  // Covers the wait for a connection, too.
  commandTimeout: patienceMs,
  // A server that does not answer is left, so that the next request finds a new connection.
  socketTimeout: patienceMs,
  maxRetriesPerRequest: 1,
  retryStrategy: () => 50,
  // Any server of the old protocol will do: nothing but SET and GET is ever sent, neither HELLO nor INFO nor a name.
  protocol: 2,
  enableReadyCheck: false,
  disableClientInfo: true,
});
// Each command fails by itself; without a listener ioredis writes a line about every failed connection.
store.on('error', () => {});

export const workload: Workload = {
  bodyLimitBytes: 1024 * 1024,
  async answer({ method, parameters, body }) {
    const key = matching(parameters, 'key', 'givre', /^[A-Za-z0-9._:-]{1,256}$/);
    const given = await readBody(body);
    const value = await exchange(key, method === 'POST' || method === 'PUT' ? given : undefined);
    if (value === null) throw notFound(`There is no value of the key ${key}.`);
    return { contentType: 'application/octet-stream', body: value };
  },
};

/** Stores what is given, and reads what is there then. */
async function exchange(key: string, given: Buffer | undefined): Promise<Buffer | null> {
  try {
    if (given !== undefined) await store.set(key, given);
    return await store.getBuffer(key);
  } catch {
    throw unavailable('The key-value server does not answer.');
  }
}
