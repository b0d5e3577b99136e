import { monitorEventLoopDelay } from 'node:perf_hooks';
import autocannon from 'autocannon';
import { z } from 'zod';
import { GivreError, messageOf } from '../core/errors.ts';
import { ownedBy } from '../core/owned.ts';
import { type Blamed, blame, failureCounter } from './failures.ts';
import type { Load, LoadPlan, LoadRequest, LoadResult, LoadSecond } from './load.ts';
import { withWarmUp } from './schedule.ts';
import { secondsOf } from './seconds.ts';

const VERSION = '9.0.0';

/**
 * Closed-loop load by autocannon, for ceilings of throughput. Never its rate mode, which sends each second's requests as
 * one burst and corrects latencies for an interval that nobody asked for; without a rate nothing is corrected.
 */
export function autocannonLoad(): Load {
  return {
    run: (plan, signal, onSecond) => cannonade(plan, signal, onSecond),
  };
}

async function cannonade(
  plan: LoadPlan,
  signal: AbortSignal,
  onSecond: (second: LoadSecond) => void,
): Promise<LoadResult> {
  const { arrivals, request } = plan;
  if (arrivals.kind !== 'closed') throw new Error(`autocannon is not used for ${arrivals.kind} arrivals`);
  signal.throwIfAborted();
  const startedRealtimeNs = String(BigInt(Date.now()) * 1_000_000n);
  const cost = watchOwnCost();
  const seconds = secondBySecond(onSecond, plan.warmUpMs);
  const begun = performance.now();
  const isMeasured = (): boolean => performance.now() - begun >= plan.warmUpMs;
  const faults = new AbortController();
  const failures = failuresOf(request, { via: request.via ?? 'direct', id: plan.id }, isMeasured, faults);
  await fire(optionsOf(plan, arrivals, { seconds, failures }), signal, { seconds, failures, faults }, request.expect);
  const spent = cost.end();
  signal.throwIfAborted();
  faults.signal.throwIfAborted();
  const { ok, failed } = seconds.total();
  const warmUp = seconds.total((it) => it.warmUp);
  return {
    ...ONLY_OPEN_LOOPS_HAVE,
    generator: { name: 'autocannon', version: VERSION },
    sent: ok + failed,
    ok,
    failed,
    warmUp: { planned: 0, ...warmUp, dropped: 0, connections: arrivals.connections },
    connections: arrivals.connections,
    startedRealtimeNs,
    durationNs: Math.round((performance.now() - begun) * 1e6),
    seconds: seconds.list(),
    failedNotKept: failed,
    failures: failures.list(),
    ...spent,
  };
}

const ONLY_OPEN_LOOPS_HAVE = {
  planned: null,
  dropped: 0,
  expectedConnections: null,
  requests: [],
  arrivalsD: null,
  earlyNs: null,
};

/** What becomes of answers, and of errors in the callbacks that see them. */
interface Watching {
  readonly seconds: ReturnType<typeof secondBySecond>;
  readonly failures: ReturnType<typeof failuresOf>;
  readonly faults: AbortController;
}

function optionsOf(
  plan: LoadPlan,
  arrivals: Extract<LoadPlan['arrivals'], { kind: 'closed' }>,
  { seconds, failures }: Omit<Watching, 'faults'>,
): autocannon.Options {
  const { request } = plan;
  return {
    url: request.url,
    method: request.method,
    headers: { ...request.headers },
    ...(request.body.length === 0 ? {} : { body: Buffer.from(request.body) }),
    connections: arrivals.connections,
    duration: withWarmUp(arrivals, plan.warmUpMs).durationMs / 1000,
    timeout: plan.timeoutMs / 1000,
    setupClient: failures.watch,
    verifyBody: failures.verify(() => seconds.wrongBody()),
  };
}

async function fire(
  options: autocannon.Options,
  signal: AbortSignal,
  { seconds, failures, faults }: Watching,
  expect: LoadRequest['expect'],
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const instance = autocannon(options, (error) => (error ? reject(generatorFailure(error)) : resolve()));
    AbortSignal.any([signal, faults.signal]).addEventListener('abort', () => instance.stop(), { once: true });
    const answered = (status: number, ms: number): void => seconds.add(status === expect.status, ms);
    const onAnswer = ownedBy(faults, answered);
    const onNone = ownedBy(faults, (error: unknown) => {
      seconds.add(false, 0);
      failures.noAnswer(messageOf(error));
    });
    instance.on('response', (_client, status, _bytes, ms) => onAnswer(status, ms));
    instance.on('reqError', (error) => onNone(error));
  });
}

/** autocannon runs in this process: what it costs is what the process costs. */
function watchOwnCost(): { end(): Pick<LoadResult, 'generatorCpuNs' | 'eventLoopDelayNs'> } {
  const cpuBefore = process.cpuUsage();
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  return {
    end() {
      delay.disable();
      const { user, system } = process.cpuUsage(cpuBefore);
      return { generatorCpuNs: (user + system) * 1000, eventLoopDelayNs: delay.percentile(99) };
    },
  };
}

/**
 * autocannon puts an answer together as text, piece by piece, which leaves nothing but ASCII whole: of other answers it
 * tells the status only.
 */
export function closedLoopSees({ body }: Pick<LoadRequest['expect'], 'body'>): boolean {
  return body !== undefined && /^\p{ASCII}*$/u.test(Buffer.from(body).toString('latin1'));
}

/** What a client of autocannon tells of an answer's head: names and values in turn. */
const headSchema = z.object({ headers: z.array(z.string()) });

/** What wrong answers say. autocannon asks about a body right after it has told of its answer, before any other. */
function failuresOf({ expect }: LoadRequest, sent: Blamed, isMeasured: () => boolean, faults: AbortController) {
  const right = closedLoopSees(expect) ? Buffer.from(expect.body ?? '').toString('latin1') : null;
  const counted = failureCounter();
  let answer: { readonly status: number; readonly headers: readonly string[] } = { status: 0, headers: [] };
  const count = (words: string): void => {
    if (!isMeasured()) return;
    const { status } = answer;
    counted.count({ status, ...blame({ status, headers: namedOf(answer.headers), words }, sent), n: 1 });
  };
  return {
    watch(client: autocannon.Client): void {
      let headers: readonly string[] = [];
      const onHead = ownedBy(faults, (head: unknown) => {
        headers = headSchema.parse(head).headers;
      });
      client.on('headers', (head) => onHead(head));
      client.on('response', (status) => {
        answer = { status, headers };
      });
    },
    verify: (onWrong: () => void) => (text?: string | Buffer) => {
      // In pieces that were put together as text, whatever it was.
      const body = String(text ?? '');
      const isRight = right === null || body === right;
      ownedBy(faults, () => {
        if (answer.status === expect.status && !isRight) onWrong();
        if (answer.status !== expect.status || !isRight) count(body);
      })();
      return isRight;
    },
    noAnswer(words: string): void {
      answer = { status: 0, headers: [] };
      count(words);
    },
    list: counted.list,
  };
}

function namedOf(pairs: readonly string[]): Readonly<Record<string, string>> {
  const names = pairs.filter((_, index) => index % 2 === 0);
  return Object.fromEntries(names.map((name, index) => [name.toLowerCase(), pairs[2 * index + 1] ?? '']));
}

function generatorFailure(cause: unknown): GivreError {
  return new GivreError({ code: 'E_LOAD_GENERATOR', message: `autocannon failed: ${messageOf(cause)}`, cause });
}

/** Counts answers and their times by the second in which they came; of the warm-up is what was sent in it. */
function secondBySecond(onSecond: (second: LoadSecond) => void, warmUpMs: number) {
  const start = performance.now();
  const seconds = secondsOf(onSecond);
  let last: { readonly second: ReturnType<typeof seconds.at>; readonly responseMs: number; ok: boolean } | undefined;
  /** Only when the next one comes is it known whether an answer was right. */
  const settle = (): void => {
    if (last === undefined) return;
    const { second, ok, responseMs } = last;
    second[ok ? 'ok' : 'failed'] += 1;
    // What got no right answer is late for ever, however soon it was told so.
    second.service.record(ok ? Math.max(0, responseMs * 1e6) : Number.POSITIVE_INFINITY);
    last = undefined;
  };
  const finished = (): readonly LoadSecond[] => {
    settle();
    return seconds.finish();
  };
  return {
    add(ok: boolean, responseMs: number): void {
      settle();
      const atMs = performance.now() - start;
      last = { second: seconds.at(atMs * 1e6, atMs - responseMs < warmUpMs), responseMs, ok };
    },
    /** The last answer was not right after all. */
    wrongBody(): void {
      if (last !== undefined) last.ok = false;
    },
    list: finished,
    total(of: (second: LoadSecond) => boolean = () => true) {
      const all = finished().filter(of);
      return {
        ok: all.reduce((sum, it) => sum + it.ok, 0),
        failed: all.reduce((sum, it) => sum + it.failed, 0),
      };
    },
  };
}
