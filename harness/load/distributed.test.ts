import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { beforeAll, describe, expect, test } from 'vitest';
import { openHere } from '../core/here.ts';
import type { Channel } from '../core/host.ts';
import { repositoryRoot } from '../core/paths.ts';
import { run } from '../core/subprocess.ts';
import { decodeHistogram, emptyHistogram } from '../statistics/histogram.ts';
import { distributedLoad, type Generator } from './distributed.ts';
import { sampleReader } from './k6/samples.ts';
import type { GeneratorPlace, LoadPlan, LoadResult, LoadSecond } from './load.ts';
import { loadPrograms } from './programs.fixture.ts';
import type { FinishedRequest } from './reduce.ts';
import { startTruth } from './truth.ts';

/* Real generators, each a process of its own, against the real server of known times. */

const scripts = join(repositoryRoot, 'scenarios/k6');
const here: GeneratorPlace = { open: (argv) => openHere(argv) };
const RATE = 101;
const DURATION_MS = 5_000;
const SERVICE_MS = 20;
let programs: Awaited<ReturnType<typeof loadPrograms>>;

beforeAll(async () => {
  programs = await loadPrograms();
});

function generator(name: string, place: GeneratorPlace = here): Generator {
  return { name, k6: { place, program: programs.k6, scripts, version: programs.version } };
}

function planFor(url: string, changes: Partial<LoadPlan> = {}): LoadPlan {
  return {
    id: 'together',
    request: { url, method: 'POST', headers: {}, body: new Uint8Array(), expect: { status: 200, body: 'ok' } },
    arrivals: { kind: 'constant', ratePerSecond: RATE, durationMs: DURATION_MS },
    warmUpMs: 0,
    timeoutMs: 5_000,
    virtualUsers: 50,
    ...changes,
  };
}

/** A place that also hands each line of k6's own output to an independent reader. */
function overheard(requests: FinishedRequest[]): GeneratorPlace {
  return {
    open(argv): Channel {
      const channel = openHere(argv);
      if (!argv.includes('k6')) return channel;
      const reader = sampleReader(
        { started() {}, request: (it) => requests.push(it), dropped() {} },
        { via: 'direct', id: 'x' },
      );
      const stdout = new PassThrough();
      channel.stdout.on('data', (chunk: Buffer) => reader.push(chunk));
      channel.stdout.on('end', () => reader.end());
      channel.stdout.pipe(stdout);
      const drained = new Promise((resolve) => void stdout.once('end', resolve));
      return { ...channel, stdout, exited: drained.then(() => channel.exited) };
    },
  };
}

function histogramOf(seconds: readonly LoadSecond[], which: 'service' | 'intended') {
  const all = emptyHistogram();
  for (const second of seconds) all.add(decodeHistogram(second[which]));
  return all;
}

/** Runs one plan against a server that takes the same time for each answer. */
async function measured(generators: readonly Generator[], changes: Partial<LoadPlan> = {}) {
  const signal = AbortSignal.timeout(90_000);
  const over = new AbortController();
  const words = ['--service', `${SERVICE_MS}ms`];
  const server = await startTruth(here, [programs.truth, ...words], AbortSignal.any([signal, over.signal]));
  try {
    const seconds: LoadSecond[] = [];
    const result = await distributedLoad(generators).run(planFor(server.url, changes), signal, (it) =>
      seconds.push(it),
    );
    return { result, seconds, log: await server.end() };
  } finally {
    over.abort();
  }
}

describe('a load that two generators share', () => {
  let requests: FinishedRequest[][];
  let both: { result: LoadResult; seconds: readonly LoadSecond[]; ids: readonly string[] };

  beforeAll(async () => {
    requests = [[], []];
    const places = requests.map((own, index) => generator(`g${index + 1}`, overheard(own)));
    const { result, seconds, log } = await measured(places);
    both = { result, seconds, ids: log.entries.map((it) => it.id) };
  });

  test('sends each request of the plan once, from one of the two, as the server’s own log says', () => {
    const numbers = requests.flat().map((it) => it.request);
    const expected = Array.from({ length: both.result.sent }, (_, number) => number);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(expected);
    expect(both.ids.toSorted()).toEqual(expected.map((number) => `together-${number}`).toSorted());
    expect(Math.abs(both.result.sent - (RATE * DURATION_MS) / 1000)).toBeLessThanOrEqual(1);
    for (const own of requests) expect(own.length / both.result.sent).toBeCloseTo(0.5, 1);
    expect(both.result.shares?.map((it) => it.sent)).toEqual(requests.map((own) => own.length));
  });

  test('has the union of their samples as its histogram, sample by sample', () => {
    const union = emptyHistogram();
    for (const { serviceNs } of requests.flat()) union.record(serviceNs);
    expect(histogramOf(both.seconds, 'service').buckets()).toEqual(union.buckets());
    expect(histogramOf(both.result.seconds, 'service').encode()).toBe(union.encode());
    expect(histogramOf(both.seconds, 'intended').count).toBe(both.result.sent);
  });

  test('is handed over second by second, in order, and counted as a whole', () => {
    expect(both.seconds).toEqual(both.result.seconds);
    const numbers = both.seconds.map((it) => it.second);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
    expect(both.seconds.reduce((sum, it) => sum + it.ok, 0)).toBe(both.result.sent);
    expect(both.result).toMatchObject({ ok: both.result.sent, failed: 0, dropped: 0 });
    const slowest = Math.max(...both.result.requests.map((it) => it.intendedNs ?? 0));
    expect(slowest / (histogramOf(both.seconds, 'intended').max ?? 0)).toBeCloseTo(1, 2);
  });

  test('begins on both at the same moment, and says how far apart they were', () => {
    const shares = both.result.shares ?? [];
    expect(shares).toHaveLength(2);
    expect(Math.min(...shares.map((it) => it.startedNs))).toBe(0);
    expect(Math.max(...shares.map((it) => it.startedNs + it.boundNs))).toBeLessThan(100e6);
    expect(shares.every((it) => it.boundNs > 0 && it.boundNs < 50e6)).toBe(true);
  });

  test('has the median that one generator has at the same rate in all', async () => {
    const alone = await measured([generator('alone')]);
    const [one, two] = [alone.result, both.result].map((it) => histogramOf(it.seconds, 'intended').quantile(0.5) ?? 0);
    expect(alone.result.shares).toBeUndefined();
    expect(Math.abs((two ?? 0) - (one ?? 0))).toBeLessThanOrEqual(Math.max(0.05 * (one ?? 0), 1e6));
  });
});

describe('a load that three generators share', () => {
  test('can have fewer virtual users than generators, and leaves none of them out', async () => {
    const arrivals = { kind: 'constant', ratePerSecond: 20, durationMs: 2_000 } as const;
    const names = ['a', 'b', 'c'];
    const { result } = await measured(
      names.map((name) => generator(name)),
      { arrivals, virtualUsers: 1 },
    );
    expect(result.sent + result.dropped).toBeGreaterThanOrEqual(40);
    expect(result.shares?.map((it) => it.sent > 0)).toEqual([true, true, true]);
  });
});

describe('a generator that fails', () => {
  const marker = 'givre-distributed-8675310';

  async function failing(places: readonly Generator[]) {
    const seconds: LoadSecond[] = [];
    const over = new AbortController();
    const server = await startTruth(here, [programs.truth, '--service', '1ms'], over.signal);
    const plan = planFor(server.url, {
      id: marker,
      arrivals: { kind: 'constant', ratePerSecond: 50, durationMs: 30_000 },
    });
    const begun = performance.now();
    const error: unknown = await distributedLoad(places)
      .run(plan, AbortSignal.timeout(60_000), (it) => seconds.push(it))
      .then(
        () => undefined,
        (it: unknown) => it,
      );
    over.abort();
    const left = await run(['pgrep', '-f', marker]);
    return { error, seconds, left: left.stdout, tookMs: performance.now() - begun };
  }

  test('before it begins is named, with what it said, and the others are stopped', async () => {
    const missing: GeneratorPlace = { open: () => openHere(['sh', '-c', 'echo "no route to host" >&2; exit 255']) };
    const { error, seconds, left, tookMs } = await failing([generator('near'), generator('far away', missing)]);
    expect(error).toMatchObject({
      code: 'E_LOAD_GENERATOR',
      message: expect.stringContaining('far away'),
      hint: expect.stringContaining('no route to host'),
    });
    expect(seconds).toEqual([]);
    expect(left).toBe('');
    expect(tookMs).toBeLessThan(20_000);
  });

  test('half-way leaves what all have measured until then, and no process', async () => {
    const pids: number[] = [];
    const mortal: GeneratorPlace = {
      open: (argv) => openHere(argv, { ownGroup: true, onStart: (pid) => pids.push(pid) }),
    };
    setTimeout(() => {
      for (const pid of pids) process.kill(-pid, 'SIGKILL');
    }, 6_000);
    const { error, seconds, left } = await failing([generator('steady'), generator('mortal', mortal)]);
    expect(error).toMatchObject({ code: 'E_LOAD_GENERATOR', message: expect.stringContaining('mortal') });
    expect(seconds.length).toBeGreaterThanOrEqual(1);
    expect(seconds[0]?.ok).toBeGreaterThanOrEqual(48);
    expect(left).toBe('');
  });

  test('is told from an interruption, which ends all', async () => {
    const abort = new AbortController();
    const running = distributedLoad([generator('a'), generator('b')]).run(
      planFor('http://127.0.0.1:9/', { id: marker }),
      abort.signal,
      () => {},
    );
    setTimeout(() => abort.abort(new DOMException('interrupted', 'AbortError')), 1_500);
    await expect(running).rejects.toThrow('interrupted');
    expect((await run(['pgrep', '-f', marker])).stdout).toBe('');
  });
});
