import * as crypto from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import { dropBody, pieces } from '../serving/body.ts';
import { integer } from '../serving/parameters.ts';
import { type Body, plainText, type Workload } from '../serving/workload.ts';

const maxBytes = 64 * 1024 * 1024;
/** Bytes of the generated input run through the numbers below this one. */
const inputPeriod = 251;
/** Some 10 ms of work, after which health checks and signals have their turn. */
const roundsPerTurn = 10_000;

export const workload: Workload = {
  bodyLimitBytes: maxBytes,
  async answer({ parameters, body }) {
    const rounds = integer(parameters, 'rounds', { fallback: 1, low: 1, high: 1_000_000 });
    const size = integer(parameters, 'size', { fallback: 0, low: 0, high: maxBytes });
    let digest = await (parameters.has('size') ? hashOfPattern(body, size) : hashOfBody(body));
    for (let round = 1; round < rounds; round++) {
      digest = crypto.hash('sha256', digest, 'buffer');
      if (round % roundsPerTurn === 0) await breathe();
    }
    return plainText(`${digest.toString('hex')}\n`);
  },
};

async function hashOfBody(body: Body): Promise<Buffer> {
  const hash = crypto.createHash('sha256');
  for await (const piece of pieces(body)) hash.update(piece);
  return hash.digest();
}

async function hashOfPattern(body: Body, size: number): Promise<Buffer> {
  await dropBody(body);
  const pattern = Uint8Array.from({ length: Math.min(size, 256 * inputPeriod) }, (_, index) => index % inputPeriod);
  const hash = crypto.createHash('sha256');
  for (let left = size; left > 0; left -= pattern.length) hash.update(pattern.subarray(0, left));
  return hash.digest();
}
