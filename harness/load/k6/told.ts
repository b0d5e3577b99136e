import { z } from 'zod';
import type { Answer } from '../origin.ts';

/** `[X-OpenFaaS-Internal, has X-Start-Time, has Content-Type, words are bytes, words]`, from `scenarios/k6/exchange.ts`. */
const toldSchema = z.tuple([z.string(), z.boolean(), z.boolean(), z.boolean(), z.string()]);

/**
 * What our scripts tell of a wrong answer, in the last column of a line of k6's CSV: `…,n=7&w=%5B…`. Undefined where the
 * script had no time left to tell.
 */
export function toldOf(line: string, status: number): Answer | undefined {
  const metadata = line.slice(line.lastIndexOf(',') + 1).trim();
  const encoded = metadata.split('&').find((it) => it.startsWith('w='));
  if (encoded === undefined) return undefined;
  const [internal, started, typed, isBytes, words] = toldSchema.parse(JSON.parse(decodeURIComponent(encoded.slice(2))));
  return {
    status,
    headers: {
      ...(internal === '' ? {} : { 'x-openfaas-internal': internal }),
      ...(started ? { 'x-start-time': 'seen' } : {}),
      ...(typed ? { 'content-type': 'seen' } : {}),
    },
    words: isBytes ? Buffer.from(words, 'latin1').toString('utf8') : words,
  };
}

/** `…,n=123` or `…,n=123&w=…`, in whichever order: the number that our scripts give to each request or client. */
export function numberOf(line: string): number | undefined {
  const at = line.lastIndexOf(',') + 1;
  if (line.startsWith('n=', at) && line.indexOf('&', at) === -1) return Number(line.slice(at + 2));
  const found = /(?:^|&)n=(\d+)/.exec(line.slice(at));
  return found === null ? undefined : Number(found[1]);
}
