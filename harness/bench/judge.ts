import { type ExitCode, exitCodes } from '../core/exit-codes.ts';
import type { ColdStartSample, Gate, RunRecord, SentinelSample, Verdict } from '../runs/schema.ts';
import { brokenObjectives, loadGates, ownGates } from './judge-load.ts';
import { median } from './median.ts';

/** Above this share of CPU time taken by the hypervisor a machine measures its neighbours. */
const STEAL_LIMIT = 0.02;
/** Warm latency may change by this factor between the first and the second half of a run. */
const SENTINEL_DRIFT_LIMIT = 1.5;
const RESIDUAL_LIMIT = 0.05;

interface Expected {
  /** How many cold-start samples the plan asked for. */
  readonly samples: number;
  readonly interrupted: boolean;
  /** Leaked network state is wanted in this run (`--no-clean`). */
  readonly clean: boolean;
}

/** Judges the run as a whole. Samples that failed are results of the platform; gates ask whether *we* measured well. */
export function judgeRun(records: readonly RunRecord[], expected: Expected): Verdict & { readonly exitCode: ExitCode } {
  const samples = records.filter((record) => record.kind === 'coldstart');
  const loads = records.filter((record) => record.kind === 'load');
  const cold = expected.samples === 0 ? [] : coldGates(records, samples, expected);
  const asynchronous = records.filter((record) => record.kind === 'async');
  const gates = [...cold, ...loadGates([...loads, ...asynchronous]), ...ownGates(records)];
  const failed = gates.filter((gate) => gate.status === 'failed');
  if (expected.interrupted) {
    const there =
      expected.samples === 0 ? `${loads.length} measurements` : `${samples.length} of ${expected.samples} samples`;
    const summary = `stopped after ${there}`;
    return { schemaVersion: 1, status: 'interrupted', summary, gates, exitCode: exitCodes.interrupted };
  }
  if (failed.length > 0) {
    const summary = `${failed.map((gate) => `${gate.id} (${gate.measured})`).join('; ')}`;
    return { schemaVersion: 1, status: 'invalid', summary, gates, exitCode: exitCodes.invalid };
  }
  const passed = gates.filter((gate) => gate.status === 'passed').length;
  const summary = `${passed} of ${gates.length} gates passed, none failed`;
  const broken = brokenObjectives(loads);
  if (broken.length > 0) {
    const verdict = `${summary}, but the objective was broken: ${broken.join('; ')}`;
    return { schemaVersion: 1, status: 'valid', summary: verdict, gates, exitCode: exitCodes.failed };
  }
  return { schemaVersion: 1, status: 'valid', summary, gates, exitCode: exitCodes.ok };
}

function coldGates(records: readonly RunRecord[], samples: readonly ColdStartSample[], expected: Expected): Gate[] {
  return [
    completeness(samples, expected),
    provenCold(samples),
    ownFailures(samples),
    clockGate(samples),
    stealGate(samples),
    explained(samples),
    sentinelGate(records.filter((record) => record.kind === 'sentinel')),
    cleanliness(records, expected.clean),
  ];
}

function gate(id: string, ok: boolean | null, measured: string, hint: string): Gate {
  return { id, status: ok === null ? 'not-evaluated' : ok ? 'passed' : 'failed', measured, hint };
}

function completeness(samples: readonly ColdStartSample[], { samples: wanted, interrupted }: Expected): Gate {
  const ok = interrupted ? null : samples.length === wanted;
  return gate('complete', ok, `${samples.length} of ${wanted} samples`, 'a run cut short shows only how it began');
}

function provenCold(samples: readonly ColdStartSample[]): Gate {
  const worst = worstCell(samples, (own) => own.filter((sample) => sample.verdict === 'not-cold').length / own.length);
  return gate(
    'proven-cold',
    worst === undefined ? null : worst.value <= 0.05,
    worst === undefined ? 'no sample' : `at most ${percent(worst.value)} not proven cold (limit 5 %; ${worst.cell})`,
    'samples without proof are left out of the numbers; many of them mean that the level does not work here',
  );
}

function ownFailures(samples: readonly ColdStartSample[]): Gate {
  const own = samples.filter((sample) => sample.verdict === 'failed' && sample.origin === 'harness').length;
  return gate(
    'harness-sound',
    samples.length === 0 ? null : own === 0,
    `${own} samples failed through the harness`,
    'see the reasons in samples.ndjson; such a failure says nothing about the platform',
  );
}

function clockGate(samples: readonly ColdStartSample[]): Gate {
  const drifted = samples.filter((sample) => sample.verdict === 'invalid').length;
  return gate(
    'clock-steady',
    samples.length === 0 ? null : drifted <= samples.length * 0.05,
    `${drifted} of ${samples.length} windows with a clock step above 100 µs (limit 5 %)`,
    'edges come from two clocks; let time synchronisation settle before measuring',
  );
}

function stealGate(samples: readonly ColdStartSample[]): Gate {
  const shares = samples.flatMap((sample) => (sample.stealShare === null ? [] : [sample.stealShare]));
  const share = shares.length === 0 ? null : shares.reduce((sum, it) => sum + it, 0) / shares.length;
  const measured =
    share === null ? 'not reported by the kernel' : `${(share * 100).toFixed(2)} % of CPU time (limit 2 %)`;
  return gate(
    'steal',
    share === null ? null : share <= STEAL_LIMIT,
    measured,
    'a busy hypervisor: run again at another time',
  );
}

function explained(samples: readonly ColdStartSample[]): Gate {
  const timed = samples.filter((sample) => sample.verdict === 'ok');
  const worst = worstCell(timed, (own) => median(own.map((it) => (it.residualNs ?? 0) / (it.totalNs ?? 1))));
  return gate(
    'explained',
    worst === undefined ? null : worst.value <= RESIDUAL_LIMIT,
    worst === undefined ? 'no sample' : `median residual at most ${percent(worst.value)} (limit 5 %; ${worst.cell})`,
    'phases do not explain the total: totals stand, the breakdown does not',
  );
}

/** The platform, level and function with the largest value: a bad cell must not hide among good ones. */
function worstCell(
  samples: readonly ColdStartSample[],
  measureOf: (own: readonly ColdStartSample[]) => number,
): { readonly cell: string; readonly value: number } | undefined {
  const cells = Map.groupBy(samples, (it) => `${it.platform} ${it.level} ${it.function}`);
  const values = [...cells].map(([cell, own]) => ({ cell, value: measureOf(own) }));
  return values.sort((a, b) => b.value - a.value)[0];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function sentinelGate(sentinels: readonly SentinelSample[]): Gate {
  const correct = sentinels.filter((it) => it.correct && it.latencyNs !== null);
  const drifts = [...Map.groupBy(correct, (it) => it.platform).values()].flatMap(driftOf);
  const worst = drifts.length === 0 ? null : Math.max(...drifts.map((drift) => Math.max(drift, 1 / drift)));
  return gate(
    'sentinel-steady',
    worst === null ? null : worst <= SENTINEL_DRIFT_LIMIT,
    worst === null ? 'no sentinel requests' : `warm median changed by a factor of ${worst.toFixed(2)} (limit 1.50)`,
    'the machine or platform itself changed while it was measured: something else ran, or state piled up',
  );
}

/**
 * Second half of the run against the first. Each group of requests (before or after one block) counts by its median:
 * a moment's noise moves one of them, a change that lasts moves a half.
 */
function driftOf(own: readonly SentinelSample[]): readonly number[] {
  const groups = Map.groupBy(own, (it) => 2 * it.block + (it.position === 'before' ? 0 : 1));
  const medians = [...groups]
    .sort(([a], [b]) => a - b)
    .map(([, group]) => median(group.map((it) => it.latencyNs ?? 0)));
  const half = Math.floor(medians.length / 2);
  return half === 0 ? [] : [median(medians.slice(-half)) / median(medians.slice(0, half))];
}

function cleanliness(records: readonly RunRecord[], clean: boolean): Gate {
  const hygiene = records.filter((record) => record.kind === 'hygiene');
  const left = Math.max(0, ...hygiene.map((record) => record.after.cniFiles));
  const ok = !clean || hygiene.length === 0 ? null : left === 0;
  const measured = `at most ${left} leaked lease files after cleaning`;
  return gate('clean-between-blocks', ok, measured, 'leaked network state slows down every later request');
}
