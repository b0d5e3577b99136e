import { seededRandom, shuffled } from '../core/random.ts';
import { emptyHistogram, type Histogram } from '../statistics/histogram.ts';
import { countCells, countRecords } from './planned.ts';
import type { Run } from './run.ts';
import type { Gate, LoadSample, Manifest, Path, RunRecord } from './schema.ts';
import {
  CAPACITY,
  head,
  type LoadContext,
  type LoadPlace,
  type LoadScenario,
  type SyntheticLoadOptions,
} from './synthetic-load-context.fixture.ts';
import {
  pushBursts,
  pushCapacity,
  pushFootprints,
  pushMemoryLimit,
  pushSoakReadings,
} from './synthetic-load-rest.fixture.ts';
import { syntheticManifest } from './synthetic-manifest.fixture.ts';

export type { SyntheticLoadOptions } from './synthetic-load-context.fixture.ts';

type Wanted = Pick<LoadSample, 'scenario' | 'path' | 'payloadBytes' | 'purpose'> & {
  readonly arrivals: Exclude<LoadSample['arrivals'], { kind: 'ramping' }>;
};

/** A run of load scenarios in memory, without a cold start. Equal options give equal runs. */
export function syntheticLoadRun(options: SyntheticLoadOptions = {}): Run {
  const manifest = manifestOf(options);
  const context: LoadContext = {
    random: seededRandom(options.seed ?? 1),
    clock: { ms: Date.parse(manifest.startedAt) },
    records: [],
    options,
    trials: 0,
  };
  let block = 0;
  for (let repetition = 0; repetition < (options.blocks ?? 1); repetition++) {
    for (const { label } of shuffled(manifest.platforms, context.random)) {
      for (const scenario of options.scenarios ?? ['latency']) {
        for (const { name } of shuffled(manifest.functions, context.random)) {
          pushScenario(context, scenario, { platform: label, block, function: name });
        }
      }
      block++;
    }
  }
  const gates: Gate[] = [
    { id: 'steal', status: 'passed', measured: 'steal 0.2 % (limit 2 %)', hint: 'Stolen time is not ours.' },
  ];
  const verdict = { schemaVersion: 1 as const, status: 'valid' as const, summary: 'all gates passed', gates };
  return {
    folder: 'synthetic',
    manifest,
    records: context.records,
    verdict: options.killed ? null : { ...verdict, ...countsOf(context.records), exitCode: 0 },
    problems: [],
  };
}

function countsOf(records: readonly RunRecord[]) {
  return { judged: countRecords(records), cells: countCells(records) };
}

function manifestOf(options: SyntheticLoadOptions): Manifest {
  const { platforms, functions, blocks, killed } = options;
  const base = syntheticManifest({
    ...(platforms === undefined ? {} : { platforms }),
    functions: functions ?? ['rust-hello', 'go-hello'],
    blocks: blocks ?? 1,
    killed: killed ?? false,
  });
  const scenario = (options.scenarios ?? ['latency']).join();
  return {
    ...base,
    scenario,
    command: ['bench', '--scenario', scenario],
    levels: [],
    load: {
      profile: 'synthetic',
      ratesPerSecond: [...(options.rates ?? [100])],
      durationMs: (options.seconds ?? 10) * 1000,
      warmUpMs: 1_000,
      blocks: options.blocks ?? 1,
      payloadBytes: [...(options.payloads ?? [0])],
      paths: [...(options.paths ?? ['gateway'])],
      slo: null,
      measurements: measurementsOf(options),
    },
  };
}

function measurementsOf({ rates = [100], paths = ['gateway'], payloads = [0] }: SyntheticLoadOptions) {
  return { latency: rates.length * paths.length, payload: payloads.length, soak: 1 };
}

function pushScenario(context: LoadContext, scenario: LoadScenario, place: LoadPlace): void {
  const { rates = [100], paths = ['gateway'], payloads = [0], seconds = 10 } = context.options;
  const durationMs = seconds * 1000;
  const at = (ratePerSecond: number) => ({ kind: 'constant' as const, ratePerSecond, durationMs });
  const measure = { scenario, path: 'gateway' as const, payloadBytes: 0, purpose: 'measure' as const };
  switch (scenario) {
    case 'latency':
      for (const path of paths)
        for (const rate of rates) pushLoad(context, place, { ...measure, path, arrivals: at(rate) });
      return;
    case 'payload':
      for (const payloadBytes of payloads) pushLoad(context, place, { ...measure, payloadBytes, arrivals: at(50) });
      return;
    case 'soak':
      pushLoad(context, place, { ...measure, arrivals: { ...at(20), durationMs: durationMs * 6 } });
      pushSoakReadings(context, place, seconds * 6);
      return;
    case 'throughput':
      for (const rate of [100, 200, 400, 600])
        pushLoad(context, place, { ...measure, purpose: 'probe', arrivals: at(rate) });
      pushCapacity(context, place);
      return;
    case 'memory':
      pushFootprints(context, place);
      pushMemoryLimit(context, place);
      return;
    case 'burst':
      pushBursts(context, place);
      return;
  }
}

/** Service time in ms; what a rate adds to it is that of a queue with room for `CAPACITY` requests a second. */
const SERVICE_MS = new Map(Object.entries({ rust: 1.2, go: 1.5, node: 2.6, python: 4.1 }));
const PATH_MS: Record<Path, number> = { gateway: 1.1, provider: 0.5, direct: 0 };

interface Sums {
  readonly intended: Histogram;
  readonly service: Histogram;
  readonly lag: Histogram;
}

const sums = (): Sums => ({ intended: emptyHistogram(), service: emptyHistogram(), lag: emptyHistogram() });
const encoded = (it: Sums) => ({
  intended: it.intended.encode(),
  service: it.service.encode(),
  lag: it.lag.encode(),
});

function pushLoad(context: LoadContext, place: LoadPlace, wanted: Wanted): void {
  const { arrivals } = wanted;
  const rate = arrivals.kind === 'constant' ? arrivals.ratePerSecond : arrivals.connections * 100;
  const seconds = arrivals.durationMs / 1000;
  const trial = context.trials++;
  const whole = sums();
  const warm = sums();
  // The first of them is the warm-up.
  for (let second = 0; second <= seconds; second++) {
    const warmUp = second === 0;
    const one = sums();
    for (let i = 0; i < rate; i++) {
      const serviceNs = latencyNs(context, place, { ...wanted, rate, second });
      const lagNs = 20_000 * context.random();
      for (const it of [one, warmUp ? warm : whole]) {
        it.service.record(serviceNs);
        it.intended.record(serviceNs + lagNs);
        it.lag.record(lagNs);
      }
    }
    const counts = { ok: rate, failed: 0, dropped: 0 };
    const record = { ...head(context, place, 1000), kind: 'load-second' as const, trial, second, warmUp };
    context.records.push({ ...record, ...counts, ...encoded(one) });
  }
  const slowestNs = whole.service.max ?? 0;
  const times = { sentNs: 2.5e9, serviceNs: slowestNs, intendedNs: slowestNs };
  const said = { status: 200, error: null, origin: null, words: null, ok: true };
  const request = { trial, request: 0, warmUp: false, ...said, ...times };
  context.records.push({ ...head(context, place, 0), kind: 'load-request', ...request });
  context.records.push(loadOf(context, place, wanted, { trial, rate, seconds, whole, warm }));
}

function latencyNs(
  { random }: LoadContext,
  place: LoadPlace,
  at: { rate: number; second: number; path: Path; payloadBytes: number },
): number {
  const service = SERVICE_MS.get(place.function.split('-')[0] ?? '') ?? 2;
  const base = service + PATH_MS[at.path] + at.payloadBytes / 50_000 + (place.platform === 'control' ? 0 : 0.3);
  const queue = 1 / (1 - Math.min(0.98, at.rate / CAPACITY));
  const block = 1 + 0.03 * ((place.block % 3) - 1);
  const warming = at.second === 0 ? 1.8 : 1;
  const rare = random() < 0.004 ? 6 : 1;
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  const noise = Math.exp(0.18 * radius * Math.cos(2 * Math.PI * random()));
  return base * queue * block * warming * rare * noise * 1e6;
}

function loadOf(
  context: LoadContext,
  place: LoadPlace,
  wanted: Wanted,
  did: { trial: number; rate: number; seconds: number; whole: Sums; warm: Sums },
): LoadSample {
  const { trial, rate, seconds, whole, warm } = did;
  const sent = rate * seconds;
  const dropped = context.options.invalidTrials?.includes(trial) ? 12 : 0;
  return {
    ...head(context, place, 200),
    ...wanted,
    kind: 'load',
    body: context.options.body ?? null,
    function: place.function,
    trial,
    generator: { name: 'k6', version: '2.0.0', place: 'target', machines: 1, cpuNs: sent * 45_000 },
    planned: sent + dropped,
    sent,
    received: sent,
    ok: sent,
    failed: 0,
    failures: [],
    targetCpu: {
      requests: sent,
      perRequestNs: { gateway: 210_000, proxy: 0, provider: 320_000, function: 60_000, rest: 90_000 },
      wholePerRequestNs: 700_000,
    },
    descriptors: [{ part: 'gateway', limit: 1_024, before: 20, after: 30, most: 60, ranOut: false }],
    dropped,
    connections: 20,
    durationNs: seconds * 1e9,
    warmUp: {
      ...{ durationMs: 1_000, sent: rate, failed: 0, dropped: 0, ended: true, words: 'warm-up of 1 s' },
      latency: warm.intended.encode(),
    },
    steady: { fromSecond: 1, reason: null, drift: 0.004, smallestDrift: 0.48, autocorrelation: 0.05 },
    ...encoded(whole),
    throughputPerSecond: rate,
    slo: objectiveOf(sent, whole.service),
    gates: [droppedGate(dropped)],
    valid: dropped === 0,
    whyNot: dropped === 0 ? null : `dropped: ${dropped} requests were dropped (limit 0)`,
  };
}

/** Invented like all else: nothing is ever undecided. */
function objectiveOf(n: number, latencies: Histogram): LoadSample['slo'] {
  const p99Ns = latencies.quantile(0.99) ?? 0;
  const verdict = p99Ns < 50e6 ? 'kept' : 'broken';
  const why = `p99 ${(p99Ns / 1e6).toFixed(2)} ms (p99<50ms)`;
  const missed = verdict === 'kept' ? 0 : n;
  const share = missed / n;
  const limit = {
    text: 'p99<50ms',
    verdict,
    why,
    n,
    missed,
    lower: share,
    upper: share,
    effective: n,
    needed: n,
  } as const;
  return { text: limit.text, verdict, why, limits: [limit] };
}

function droppedGate(dropped: number): Gate {
  return {
    id: 'dropped',
    status: dropped === 0 ? 'passed' : 'failed',
    measured: `${dropped} requests were dropped (limit 0)`,
    hint: 'What is not sent is not measured: give the generator more virtual users.',
  };
}
