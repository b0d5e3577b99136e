import type { FailureCount } from '../../runs/schema.ts';
import { type Blamed, blame, failureCounter } from '../failures.ts';
import type { LoadRequest } from '../load.ts';
import type { Answer } from '../origin.ts';
import { withBodyFile } from './body-file.ts';
import { scriptExpectation } from './expectation.ts';
import { type K6Place, runK6 } from './process.ts';
import { numberOf, toldOf } from './told.ts';

/** Each client's request, by POST, and how many there are. */
export interface BurstPlan extends Omit<LoadRequest, 'method'> {
  /** Clients that send at the same moment, each until its answer is right. */
  readonly clients: number;
  readonly deadlineMs: number;
}

export interface BurstResult {
  /** Clients whose very first answer was right. */
  readonly correct: number;
  /** First answers that were wrong, by what they say; status 0: none came. */
  readonly wrong: readonly FailureCount[];
  /** First request sent → first right answer, and → every client has one; null when not before the deadline. */
  readonly firstCorrectNs: number | null;
  readonly allCorrectNs: number | null;
}

interface Client {
  /** Since 1970: more digits than a number has. */
  sentNs?: bigint;
  firstStatus?: number;
  firstWrong?: Answer;
  rightNs?: bigint;
}

/** @throws GivreError `E_LOAD_GENERATOR` */
export async function k6Burst(k6: K6Place, plan: BurstPlan, signal: AbortSignal): Promise<BurstResult> {
  const { url, headers, body, expect, clients, deadlineMs } = plan;
  const seen = new Map<number, Client>();
  let rest = '';
  const onOutput = (chunk: Buffer): void => {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) note(seen, line);
  };
  await withBodyFile(k6, body, signal, (bodyFile) => {
    const settings = { url, headers, bodyFile, ...scriptExpectation(expect), clients, deadlineMs };
    return runK6(k6, { script: 'burst.ts', settings, loadMs: deadlineMs, signal, onOutput });
  });
  // No request of a burst has a name of its own.
  return sumUp([...seen.values()], clients, { via: plan.via ?? 'direct', id: '\0' });
}

/** Of a line only its metric, time, value and client: `givre_burst_sent,1700000000123456789,1.000000,…,n=7`. */
function note(seen: Map<number, Client>, line: string): void {
  const [metric = '', time = '', value = ''] = line.split(',');
  const name = metric.startsWith('givre_') ? numberOf(line) : undefined;
  if (name === undefined) return;
  const client = seen.get(name) ?? {};
  seen.set(name, client);
  if (metric === 'givre_burst_sent') client.sentNs = BigInt(time);
  if (metric === 'givre_burst_first') client.firstStatus = Number(value);
  if (metric === 'givre_failed') client.firstWrong = toldOf(line, client.firstStatus ?? 0) ?? NOTHING;
  if (metric === 'givre_burst_right') client.rightNs = BigInt(time);
}

/** Beyond any clock of 64 bits. */
const LATEST = 2n ** 63n;

function earlier(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

const NOTHING: Answer = { status: 0, headers: {}, words: '' };

function sumUp(seen: readonly Client[], clients: number, sent: Blamed): BurstResult {
  const begun = seen.flatMap((client) => client.sentNs ?? []).reduce(earlier, LATEST);
  const right = seen.flatMap((client) => (client.rightNs === undefined ? [] : Number(client.rightNs - begun)));
  const wrong = seen.flatMap((client) => client.firstWrong ?? (client.firstStatus === undefined ? [NOTHING] : []));
  const counted = failureCounter();
  for (const answer of wrong) counted.count({ status: answer.status, ...blame(answer, sent), n: 1 });
  return {
    correct: seen.length - wrong.length,
    wrong: counted.list(),
    firstCorrectNs: right.length === 0 ? null : Math.min(...right),
    allCorrectNs: right.length < clients ? null : Math.max(...right),
  };
}
