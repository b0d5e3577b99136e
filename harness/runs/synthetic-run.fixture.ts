import { type Random, seededRandom, shuffled } from '../core/random.ts';
import { countCells, countRecords } from './planned.ts';
import type { Run } from './run.ts';
import type {
  ColdStartSample,
  Level,
  Manifest,
  Origin,
  PhaseName,
  PlatformRecord,
  RunRecord,
  Verdict,
} from './schema.ts';
import { type SyntheticOptions, syntheticManifest } from './synthetic-manifest.fixture.ts';
import { openRun } from './write.ts';

export type { SyntheticOptions } from './synthetic-manifest.fixture.ts';

/** Median of each phase in ms; `listen` depends on the language. */
const PHASES_MS: Partial<Record<PhaseName, number>> = {
  gateway: 3.1,
  remains: 21,
  newtask: 34,
  cni: 38,
  start: 12,
  listen: 1.4,
  ready: 2.2,
  forward: 1.3,
  answer: 0.9,
};
const LISTEN_MS = new Map(Object.entries({ rust: 1.4, go: 4.8, node: 58, python: 71 }));

const PSS_MIB = new Map(Object.entries({ rust: 1.1, go: 5.6, node: 44, python: 17 }));

/** A whole run in memory. Equal options give equal runs. */
export function syntheticRun(options: SyntheticOptions = {}): Run {
  const random = seededRandom(options.seed ?? 1);
  const manifest = syntheticManifest(options);
  const records: RunRecord[] = [];
  const clock = { ms: Date.parse(manifest.startedAt) };
  const context: Context = { random, clock, records, platforms: manifest.platforms.length, files: 0 };
  const repetitions = options.blocks ?? 1;
  const rounds = Math.ceil(manifest.samplesPerCell / repetitions);
  let block = 0;
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const platform of shuffled(manifest.platforms, random)) {
      pushBlock(context, manifest, platform, block++, { first: repetition * rounds, count: rounds });
    }
  }
  const verdict = options.killed ? null : syntheticVerdict(records);
  return { folder: 'synthetic', manifest, records, verdict, problems: [] };
}

function pushBlock(
  context: Context,
  manifest: Manifest,
  platform: PlatformRecord,
  block: number,
  rounds: { first: number; count: number },
): void {
  const { random, records } = context;
  const possible = manifest.levels.filter((level) => !platform.unsupported.some((it) => it.level === level));
  pushSentinel(context, platform.label, block, 'before');
  for (let round = rounds.first; round < rounds.first + rounds.count; round++) {
    for (const level of shuffled(possible, random)) {
      for (const { name } of shuffled(manifest.functions, random)) {
        records.push(coldStart(context, { platform: platform.label, block, round, function: name, level }));
      }
      records.push(floor(context, platform.label, block, round, level));
    }
  }
  pushSentinel(context, platform.label, block, 'after');
  const names = manifest.functions.map((it) => it.name);
  pushHygieneAndMemory(context, platform.label, block, names);
}

/** The same run with other records, judged all the same. */
export function withRecords(run: Run, others: readonly RunRecord[]): Run {
  const records = others.map((record, index) => ({ ...record, index }));
  const verdict =
    run.verdict === null ? null : { ...run.verdict, judged: countRecords(records), cells: countCells(records) };
  return { ...run, records, verdict };
}

/** Writes it as a real run folder, through the writer that a real run uses. */
export async function writeSyntheticRun(folder: string, run: Run): Promise<void> {
  const writer = await openRun(folder, run.manifest);
  for (const record of run.records) await writer.record(record);
  if (run.verdict !== null) await writer.verdict(run.verdict);
  await writer.close();
}

interface Context {
  readonly random: Random;
  readonly clock: { ms: number };
  readonly records: RunRecord[];
  readonly platforms: number;
  files: number;
}

type Place = { platform: string; block: number; round: number; function: string; level: Level };

function head(context: Context, platform: string, block: number, round: number, tookMs: number) {
  context.clock.ms += tookMs;
  const at = new Date(context.clock.ms).toISOString();
  const repetition = Math.floor(block / context.platforms);
  return { schemaVersion: 1 as const, index: context.records.length, at, platform, block, repetition, round };
}

function coldStart(context: Context, place: Place): ColdStartSample {
  const { random } = context;
  const likeFaasd = place.platform !== 'control';
  const blockFactor = 1 + 0.04 * ((place.block % 3) - 1);
  const phases = timeline(context, place, blockFactor * (likeFaasd ? 1.12 : 1));
  const retried = likeFaasd && random() < 0.35;
  const end = phases.reduce((last, phase) => Math.max(last, phase.startNs + phase.durationNs), 0);
  const residualNs = Math.round(end * 0.03 * noise(random, 0.3));
  const totalNs = end + residualNs;
  const sample: ColdStartSample = {
    ...head(context, place.platform, place.block, place.round, totalNs / 1e6 + 320),
    kind: 'coldstart',
    function: place.function,
    level: place.level,
    verdict: 'ok',
    reason: null,
    origin: null,
    totalNs,
    firstAnswer: retried
      ? { correct: false, status: 500, origin: 'provider', error: 'connection refused', atNs: totalNs * 0.9 }
      : { correct: true, status: 200, origin: null, error: null, atNs: totalNs },
    attempts: retried ? 3 : 1,
    phases,
    residualNs,
    proof: {
      demands: [{ what: 'another process than before', seen: true }],
      pidBefore: 100,
      pidAfter: 101,
      bytesPulled: null,
    },
    clockOffset: null,
    deliveryNs: null,
    contamination: { cniFiles: likeFaasd ? ++context.files : 4, iptablesRules: likeFaasd ? context.files * 2 : 8 },
    clockDriftNs: Math.round((random() - 0.5) * 2000),
    stealShare: 0.002,
    warnings: [],
  };
  return spoilt(sample, random());
}

/** A few samples go wrong, each in its way. */
function spoilt(sample: ColdStartSample, chance: number): ColdStartSample {
  const failed = (origin: Origin, reason: string): ColdStartSample => ({
    ...sample,
    verdict: 'failed',
    origin,
    reason,
    totalNs: null,
    residualNs: null,
    firstAnswer: { correct: false, status: 502, origin, error: reason, atNs: 1e8 },
  });
  if (chance < 0.01) return failed('provider', 'no correct answer within 30 s; last: 502');
  if (chance < 0.015) return failed('harness', 'the agent closed its output');
  if (chance < 0.03) return { ...sample, verdict: 'not-cold', reason: 'not seen: another process than before' };
  if (chance < 0.04)
    return { ...sample, verdict: 'invalid', reason: 'clock drift 212 µs (limit 100 µs)', clockDriftNs: 212_000 };
  return sample;
}

function timeline(context: Context, place: Place, factor: number): ColdStartSample['phases'] {
  const language = place.function.split('-')[0] ?? '';
  let startNs = 0;
  const names = Object.entries(PHASES_MS).filter(([name]) => place.level !== 'L2' || name !== 'remains');
  const all = place.level === 'L2' ? [...names, ['container', 9] as const] : names;
  return all.map(([name, ms]) => {
    const medianMs = name === 'listen' ? (LISTEN_MS.get(language) ?? 10) : (ms ?? 0);
    const durationNs = Math.round(medianMs * 1e6 * factor * noise(context.random, 0.08));
    const phase = { name: name as PhaseName, startNs, durationNs };
    startNs += durationNs;
    return phase;
  });
}

function floor(context: Context, platform: string, block: number, round: number, level: Level): RunRecord {
  const parts: [PhaseName, number][] = [
    ['newtask', 33],
    ['cni', 37],
    ['start', 11],
    ['listen', 0.8],
  ];
  const phases = parts.map(([name, ms]) => ({ name, durationNs: Math.round(ms * 1e6 * noise(context.random, 0.06)) }));
  const totalNs = phases.reduce((sum, phase) => sum + phase.durationNs, 2e6);
  return { ...head(context, platform, block, round, 200), kind: 'floor', level, totalNs, reason: null, phases };
}

function pushSentinel(context: Context, platform: string, block: number, position: 'before' | 'after') {
  for (let i = 0; i < 8; i++) {
    const latencyNs = Math.round(1.4e6 * (1 + context.files / 800) * noise(context.random, 0.12));
    context.records.push({
      ...head(context, platform, block, 0, 25),
      kind: 'sentinel',
      function: 'rust-hello',
      position,
      latencyNs,
      correct: true,
      contamination: { cniFiles: context.files, iptablesRules: context.files * 2 },
    });
  }
}

function pushHygieneAndMemory(context: Context, platform: string, block: number, functions: readonly string[]) {
  const before = { cniFiles: context.files, iptablesRules: context.files * 2 };
  context.files = 0;
  context.records.push({
    ...head(context, platform, block, 0, 50),
    kind: 'hygiene',
    before,
    after: { cniFiles: 0, iptablesRules: 0 },
  });
  for (const name of functions) {
    const language = name.split('-')[0] ?? '';
    const pssMiB = PSS_MIB.get(language) ?? 8;
    context.records.push({
      ...head(context, platform, block, 0, 30),
      kind: 'memory',
      function: name,
      cgroupBytes: Math.round((pssMiB + 1) * 2 ** 20 * noise(context.random, 0.02)),
      functionPssBytes: Math.round(pssMiB * 2 ** 20 * noise(context.random, 0.02)),
      shimPssBytes: Math.round(6.2 * 2 ** 20 * noise(context.random, 0.02)),
      collectorPssBytes: null,
    });
  }
}

function syntheticVerdict(records: readonly RunRecord[]): Verdict {
  return {
    schemaVersion: 1,
    status: 'valid',
    summary: 'all gates that could be evaluated passed',
    gates: [
      { id: 'steal', status: 'passed', measured: 'steal 0.2 % (limit 2 %)', hint: 'Stolen time is not ours.' },
      {
        id: 'clock',
        status: 'passed',
        measured: 'largest drift 1.0 µs (limit 100 µs)',
        hint: 'Two clocks are compared.',
      },
      { id: 'placement', status: 'not-evaluated', measured: 'one machine', hint: 'Needs two machines.' },
    ],
    judged: countRecords(records),
    cells: countCells(records),
    exitCode: 0,
  };
}

/** Log-normal noise around 1 (Box & Muller, Annals of Mathematical Statistics 29(2), 1958). */
function noise(random: Random, sigma: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return Math.exp(sigma * radius * Math.cos(2 * Math.PI * random()));
}
