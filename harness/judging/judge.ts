import { type ExitCode, exitCodes } from '../core/exit-codes.ts';
import { isJudged } from '../load/standing.ts';
import { countCells, countRecords, plannedCells, plannedLoads } from '../runs/planned.ts';
import { type Gate, judgeGates, type Manifest, type RunRecord, type Verdict } from '../runs/schema.ts';
import { runGates, scenarioGates, speaksAgainst } from './gates.ts';
import { gatesTogether, missedObjectives } from './measurements.ts';
import { cellName, kindOf, type RunEvidence } from './run-evidence.ts';

interface Circumstances {
  /** What was planned. */
  readonly manifest: Manifest;
  readonly interrupted: boolean;
  /** Leaked network state is cleaned up between blocks (false: `--no-clean`). */
  readonly clean: boolean;
}

type Judged = Verdict & { readonly exitCode: ExitCode };

/** Judges the run as a whole. Samples that failed are results of the platform; gates ask whether *we* measured well. */
export function judgeRun(records: readonly RunRecord[], circumstances: Circumstances): Judged {
  const gates = gatesOf(records, circumstances);
  const base = { schemaVersion: 1 as const, gates, judged: countRecords(records), cells: countCells(records) };
  if (circumstances.interrupted) {
    const summary = `stopped after ${howFar(records, circumstances.manifest)}`;
    return { ...base, status: 'interrupted', summary, exitCode: exitCodes.interrupted };
  }
  const objections = [...gates.flatMap(objection), ...(gates.some(isEvaluated) ? [] : ['nothing was judged'])];
  if (objections.length > 0) {
    return { ...base, status: 'invalid', summary: objections.join('; '), exitCode: exitCodes.invalid };
  }
  const passed = gates.filter((gate) => gate.status === 'passed').length;
  const deaths = records.filter((record) => record.kind === 'platform-death').length;
  const died = deaths === 0 ? '' : `; the platform died ${deaths === 1 ? 'once' : `${deaths} times`}`;
  const summary = `${passed} of ${gates.length} gates passed, none failed${died}`;
  const { broken, undecided } = missedObjectives(records);
  if (broken.length > 0) {
    const verdict = `${summary}, but the objective was broken: ${broken.join('; ')}`;
    return { ...base, status: 'valid', summary: verdict, exitCode: exitCodes.failed };
  }
  if (undecided.length > 0) {
    const verdict = `${summary}, but not decided: ${undecided.join('; ')}`;
    return { ...base, status: 'valid', summary: verdict, exitCode: exitCodes.invalid };
  }
  return { ...base, status: 'valid', summary, exitCode: exitCodes.ok };
}

function gatesOf(records: readonly RunRecord[], circumstances: Circumstances): Gate[] {
  const evidence = evidenceOf(records, circumstances);
  return [
    ...judgeGates(runGates, evidence),
    ...gatesTogether(evidence.measurements),
    ...judgeGates(scenarioGates, evidence),
  ];
}

function evidenceOf(records: readonly RunRecord[], { manifest, interrupted, clean }: Circumstances): RunEvidence {
  const coldStarts = kindOf(records, 'coldstart');
  const measurements = records.filter((record) => record.kind === 'load' || record.kind === 'async');
  return {
    records,
    coldStarts,
    byCell: Map.groupBy(coldStarts, cellName),
    measurements,
    unjudged: new Set(measurements.filter((it) => !isJudged(it.gates))),
    cells: plannedCells(manifest),
    loads: plannedLoads(manifest),
    cores: manifest.environment.cores,
    lanes: Math.max(1, Math.floor(manifest.machines.length / manifest.platforms.length)),
    interrupted,
    clean,
  };
}

function isEvaluated({ status }: Gate): boolean {
  return status !== 'not-evaluated';
}

function objection(gate: Gate): string[] {
  if (gate.status === 'failed') return [`${gate.id} (${gate.measured})`];
  return speaksAgainst(gate) ? [`${gate.id} was not judged (${gate.measured})`] : [];
}

function howFar(records: readonly RunRecord[], manifest: Manifest): string {
  const planned = plannedCells(manifest).reduce((sum, cell) => sum + cell.samples, 0);
  const of = (kind: RunRecord['kind']) => records.filter((record) => record.kind === kind).length;
  return planned === 0 ? `${of('load')} measurements` : `${of('coldstart')} of ${planned} samples`;
}
