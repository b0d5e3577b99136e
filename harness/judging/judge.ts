import { type ExitCode, exitCodes } from '../core/exit-codes.ts';
import { speaksAgainst } from '../runs/binding-gates.ts';
import { countCells, countRecords, plannedCells, plannedLoads } from '../runs/planned.ts';
import type { Gate, Manifest, RunRecord, Verdict } from '../runs/schema.ts';
import { coldGates } from './judge-cold.ts';
import { loadGates, missedObjectives } from './judge-load.ts';
import { allMeasured } from './judge-plan.ts';
import { ownGates } from './judge-rest.ts';

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

function gatesOf(records: readonly RunRecord[], { manifest, interrupted, clean }: Circumstances): Gate[] {
  const cells = plannedCells(manifest);
  const loads = plannedLoads(manifest);
  const { cores } = manifest.environment;
  const lanes = Math.max(1, Math.floor(manifest.machines.length / manifest.platforms.length));
  const isCold = cells.length > 0 || records.some((record) => record.kind === 'coldstart');
  return [
    ...(isCold ? coldGates({ records, cells, cores, lanes, interrupted, clean }) : []),
    ...(loads.length === 0 ? [] : [allMeasured(records, loads, interrupted)]),
    ...loadGates(records.filter((record) => record.kind === 'load' || record.kind === 'async')),
    ...ownGates(records),
  ];
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
