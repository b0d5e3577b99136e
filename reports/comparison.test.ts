import { describe, expect, test } from 'vitest';
import { countRecords } from '../harness/runs/planned.ts';
import type { Run } from '../harness/runs/run.ts';
import type { ColdStartSample, RunRecord, Verdict } from '../harness/runs/schema.ts';
import { type SyntheticOptions, syntheticRun } from '../harness/runs/synthetic-run.fixture.ts';
import { summarise } from './summary.ts';
import { terminalReport } from './terminal.ts';

const FAASD = 'faasd 0.19.0';
const platforms = ['control', FAASD];
const template = coldStartOf(syntheticRun({ functions: ['rust-hello'], samplesPerCell: 1 }));

function coldStartOf(run: Run): ColdStartSample {
  const found = run.records.find((record) => record.kind === 'coldstart');
  if (found === undefined) throw new Error('the synthetic run has no cold start');
  return found;
}

/** A run of which every number is written down here. */
function runOf(records: readonly RunRecord[], options: SyntheticOptions = {}): Run {
  const run = syntheticRun({ functions: ['rust-hello'], platforms, ...options });
  return { ...run, records, verdict: verdictOn(records) };
}

function sample(platform: string, repetition: number, ms: number, more: Partial<ColdStartSample> = {}) {
  const block = 2 * repetition + platforms.indexOf(platform);
  const firstAnswer = { correct: true, status: 200, origin: null, error: null, atNs: ms * 1e6 };
  const ok = { verdict: 'ok' as const, reason: null, origin: null, totalNs: ms * 1e6, firstAnswer };
  return { ...template, ...ok, platform, block, repetition, ...more };
}

function neverOn(platform: string, repetition: number): ColdStartSample {
  const failed = { verdict: 'failed' as const, origin: 'provider' as const, reason: 'no answer', totalNs: null };
  return sample(platform, repetition, 1, { ...failed, residualNs: null });
}

/** Five samples of either platform in each repetition; `onFaasd` is what faasd takes of the control's time. */
function repetitions(n: number, onFaasd: (repetition: number) => number): ColdStartSample[] {
  return Array.from({ length: n }, (_, repetition) =>
    [0, 1, 2, 3, 4].flatMap((i) => [
      sample('control', repetition, 100 + i),
      sample(FAASD, repetition, (100 + i) * onFaasd(repetition)),
    ]),
  ).flat();
}

function only(run: Run) {
  const [comparison, another] = summarise(run).comparisons;
  if (comparison === undefined || another !== undefined) throw new Error('not exactly one comparison');
  return comparison;
}

function verdictOn(records: readonly RunRecord[], more: Partial<Verdict> = {}): Verdict {
  const judged = countRecords(records);
  return { schemaVersion: 1, status: 'valid', summary: 'x', gates: [], judged, exitCode: 0, ...more };
}

describe('platforms compared on cold starts', () => {
  test('differ where their deployments agree on it', () => {
    const comparison = only(runOf(repetitions(4, (repetition) => 2 + repetition / 20)));
    expect(comparison).toMatchObject({ platform: FAASD, baseline: 'control', verdict: 'slower', note: null });
    expect(comparison.estimate?.ratio).toBeCloseTo(2.07, 2);
    expect(only(runOf(repetitions(4, (repetition) => 0.5 - repetition / 50))).verdict).toBe('faster');
    expect(only(runOf(repetitions(4, (repetition) => 0.95 + repetition / 20))).verdict).toBe('inconclusive');
  });

  test.each([1, 2])('have no verdict from %i deployments of each, however many samples agree', (n) => {
    const comparison = only(runOf(repetitions(n, () => 2)));
    expect(comparison).toMatchObject({ verdict: 'no result', adjustedP: null, estimate: { p: null, lower: null } });
    expect(comparison.note).toMatch(/^(one deployment|2 deployments) of each; how much they differ/);
    expect(comparison.estimate?.ratio).toBeCloseTo(2, 9);
  });

  test('that had few machines of their own have no verdict, and from three on each machine is one deployment', () => {
    const machine = { virtualisation: 'kvm', flavor: null, image: null, golden: true, hypervisor: null, mtu: null };
    const inCloud = (machines: number) => {
      const run = runOf(repetitions(8, (repetition) => 2 + (repetition % machines) / 20));
      const own = platforms.flatMap((platform) => Array.from({ length: machines }, () => ({ ...machine, platform })));
      return { ...run, manifest: { ...run.manifest, target: 'openstack', machines: own } };
    };
    for (const machines of [1, 2]) {
      const comparison = only(inCloud(machines));
      expect(comparison.verdict).toBe('no result');
      expect(comparison.note).toMatch(
        /^each platform had (one machine|2 machines) of its own.*: --machines 3 or more$/,
      );
    }
    expect(only(inCloud(4))).toMatchObject({ verdict: 'slower', estimate: { blocks: 4 } });
    expect(summarise(inCloud(1)).firstAnswerComparisons).toMatchObject([{ verdict: 'no result' }]);
  });

  test('are paired by repetition where a block is missing, so that a drift common to both is no difference', () => {
    // Each repetition is 30 % slower than the one before, and the first block of one platform left nothing.
    const drifting = Array.from({ length: 5 }, (_, repetition) => {
      const ms = 100 * 1.3 ** repetition;
      const noise = 1 + 0.01 * (repetition % 2);
      return [sample('control', repetition, ms * noise), sample(FAASD, repetition, ms)];
    }).flat();
    const missing = drifting.filter((it) => !(it.platform === FAASD && it.repetition === 0));
    const comparison = only(runOf(missing));
    expect(comparison).toMatchObject({ verdict: 'inconclusive', estimate: { blocks: 4 } });
    expect(comparison.estimate?.ratio).toBeCloseTo(0.995, 3);
  });

  test('count only the rounds that both have: the middle of two of five skewed times is another one than that of all', () => {
    // Equals; of faasd the two rounds stayed that were slowest on both.
    const skewed = [100, 101, 102, 200, 400];
    const records = Array.from({ length: 5 }, (_, repetition) =>
      skewed.flatMap((ms, round) => {
        const noise = 1 + 0.01 * (repetition % 2);
        const own = [sample('control', repetition, ms * noise, { round })];
        return round < 3 ? own : [...own, sample(FAASD, repetition, ms, { round })];
      }),
    ).flat();
    const comparison = only(runOf(records));
    expect(comparison).toMatchObject({ verdict: 'inconclusive', estimate: { blocks: 5 } });
    expect(comparison.estimate?.ratio).toBeCloseTo(0.996, 3);
  });

  test('are paired lane by lane where several machines measured at the same time', () => {
    // Lanes 0 and 1 alternate; the machines of lane 1 take ten times as long.
    const lanes = Array.from({ length: 6 }, (_, repetition) => {
      const ms = repetition % 2 === 0 ? 100 : 1000;
      return [sample('control', repetition, ms), sample(FAASD, repetition, ms * (1.2 + repetition / 100))];
    }).flat();
    // Two blocks of lane 0 are missing on one platform only.
    const missing = lanes.filter((it) => !(it.platform === 'control' && [0, 2].includes(it.repetition)));
    expect(only(runOf(missing))).toMatchObject({ verdict: 'slower', estimate: { blocks: 4 } });
  });

  test('take each machine of level L4 for a deployment of its own', () => {
    const onMachines = [0, 1, 2, 3, 4].flatMap((round) => [
      sample('control', 0, 10_000 + 100 * round, { level: 'L4', round }),
      sample(FAASD, 0, 15_000 + 200 * round, { level: 'L4', round }),
    ]);
    const comparison = only(runOf(onMachines, { levels: ['L4'] }));
    expect(comparison).toMatchObject({ verdict: 'slower', estimate: { blocks: 5, method: 'paired-t' } });
  });

  test('take “never” for slower than any time, and say when that cannot be told from chance', () => {
    const mostlyNever = (n: number) =>
      Array.from({ length: n }, (_, repetition) => [
        ...[100, 101, 102].map((ms) => sample('control', repetition, ms)),
        sample(FAASD, repetition, 1),
        ...[0, 1].map(() => neverOn(FAASD, repetition)),
      ]).flat();
    expect(only(runOf(mostlyNever(6)))).toMatchObject({ verdict: 'slower', estimate: { ratio: null, upper: null } });
    expect(only(runOf(mostlyNever(4)))).toMatchObject({
      verdict: 'no result',
      note: '4 deployments of each, with no answer in half of the tries of one; that needs 6',
    });
  });

  test('are judged as a table: what stands out alone among many equals is no verdict', () => {
    const functions = Array.from({ length: 8 }, (_, i) => `f${i}-hello`);
    const of = (name: string, onFaasd: (repetition: number) => number) =>
      repetitions(3, onFaasd).map((it) => ({ ...it, function: name }));
    const equal = functions.slice(1).flatMap((name, i) => of(name, (r) => 1 + (((r * 7 + i * 3) % 5) - 2) / 50));
    const records = [...of('f0-hello', (r) => 1.2 + r / 20), ...equal];
    const [alone] = summarise(runOf(records.filter((it) => it.function === 'f0-hello'))).comparisons;
    const [first, ...others] = summarise(runOf(records, { functions })).comparisons;
    expect(first?.estimate?.p).toBeLessThan(0.05);
    expect(first).toMatchObject({ verdict: 'inconclusive', comparedWith: 8 });
    expect(first?.adjustedP).toBeCloseTo(8 * (first?.estimate?.p ?? 0), 9);
    expect(others.map((it) => it.verdict)).toEqual(functions.slice(1).map(() => 'inconclusive'));
    expect(alone).toBeDefined();
    const text = terminalReport(summarise(runOf(records, { functions })), { colour: false }).replaceAll(/\s+/g, ' ');
    expect(text).toContain('adj. p: p as one of 8 comparisons (Benjamini–Hochberg)');
  });

  test('keep the row of what has no sample, with the reason', () => {
    const records = repetitions(3, () => 2).filter((it) => it.platform === 'control');
    expect(only(runOf(records))).toMatchObject({
      verdict: 'no result',
      estimate: null,
      note: 'no sample of faasd 0.19.0 counts',
    });
  });

  test('have no verdict in a run that was not judged, or did not pass', () => {
    const run = runOf(repetitions(4, (repetition) => 2 + repetition / 20));
    const failed = { id: 'steal', status: 'failed' as const, measured: '30 % (limit 2 %)', hint: 'busy' };
    const verdicts: [Verdict | null, string][] = [
      [verdictOn(run.records.slice(1)), 'the records of this run are not those that were judged'],
      [null, 'the run was killed or still goes on, and was never judged'],
      [verdictOn(run.records, { status: 'interrupted' }), 'the run was interrupted, and was never judged as a whole'],
      [verdictOn(run.records, { status: 'failed' }), 'the run ended by a failure'],
      [verdictOn(run.records, { status: 'invalid', gates: [failed] }), 'the run is not valid: steal'],
    ];
    expect(only(run).verdict).toBe('slower');
    for (const [verdict, note] of verdicts) {
      expect(only({ ...run, verdict })).toMatchObject({ verdict: 'no result', note, adjustedP: null });
      const text = terminalReport(summarise({ ...run, verdict }), { colour: false }).replaceAll(/\s+/g, ' ');
      expect(text).toContain(`no result: ${note}`);
    }
  });
});

describe('first answers compared', () => {
  const wrong = { correct: false, status: 500, origin: 'provider' as const, error: null, atNs: 1 };
  const allWrongOnFaasd = (n: number) =>
    repetitions(n, () => 1.01).map((it) => (it.platform === FAASD ? { ...it, firstAnswer: wrong } : it));

  test('none of 20 against 20 of 20 in four deployments is a difference, although the times are alike', () => {
    const run = runOf(allWrongOnFaasd(4));
    expect(summarise(run).firstAnswerComparisons).toMatchObject([
      { platform: FAASD, baseline: 'control', verdict: 'fewer right', estimate: { difference: -1, blocks: 4 } },
    ]);
    const text = terminalReport(summarise(run), { colour: false }).replaceAll(/\s+/g, ' ');
    expect(text).toContain('First answers right, percentage points more than on control');
    expect(text).toMatch(/L1 rust-hello faasd 0\.19\.0 -100 -100…-\d+ 0\.008 0\.008 fewer right/);
  });

  test('are no result in two deployments or a run that did not pass, and no table where all were right', () => {
    expect(summarise(runOf(allWrongOnFaasd(2))).firstAnswerComparisons).toMatchObject([{ verdict: 'no result' }]);
    const run = runOf(allWrongOnFaasd(4));
    const verdict = verdictOn(run.records, { status: 'interrupted' });
    expect(summarise({ ...run, verdict }).firstAnswerComparisons).toMatchObject([{ verdict: 'no result' }]);
    const right = summarise(runOf(repetitions(4, () => 2)));
    expect(right.firstAnswerComparisons).toMatchObject([{ verdict: 'inconclusive', estimate: { difference: 0 } }]);
    expect(terminalReport(right, { colour: false })).not.toContain('First answers right');
  });
});
