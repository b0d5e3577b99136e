import { scenarioGates, speaksAgainst } from '../../harness/judging/gates.ts';
import { bindingGates, isRamp } from '../../harness/runs/binding-gates.ts';
import type { AsyncSample, LoadSample, RunRecord, Verdict } from '../../harness/runs/schema.ts';
import { formatArrivals, formatBytes } from '../format.ts';
import type { RunState } from './standing.ts';

/** Something measured that is no result, in a run whose other measurements are. */
export interface LeftOut {
  /** Platform, scenario, function and load. */
  readonly what: string;
  /** The gates that failed, and how often. */
  readonly why: string;
}

/**
 * May anything be concluded from measurements that are valid themselves? Only where the run was judged to its end and what
 * was judged is there; not where a gate failed that looks at the run as a whole, or could not look and must, nor where no
 * measurement is left.
 */
export function isComparable(records: readonly RunRecord[], state: RunState, verdict: Verdict | null): boolean {
  if (state === 'valid') return true;
  if (state !== 'invalid' || verdict === null) return false;
  const against = verdict.gates.filter(speaksAgainst);
  if (against.length === 0 || against.some((gate) => gate.scope !== 'measurement')) return false;
  const left = new Set(leftOut(records, verdict).map((it) => it.what));
  return records.some((record) => stands(record, left));
}

function stands(record: RunRecord, left: ReadonlySet<string>): boolean {
  switch (record.kind) {
    case 'load':
    case 'async':
      return !isSearched(record) && !left.has(nameOf(record));
    case 'capacity':
      return record.counts;
    case 'burst':
    case 'density':
      return !scenarioGates.some(({ leavesOut: it }) => it?.kind === record.kind && left.has(it.what));
    default:
      // Judged with the run; the rest accompanies what is measured.
      return record.kind === 'coldstart';
  }
}

/** Of a search the result is what it found. */
function isSearched(record: LoadSample | AsyncSample): boolean {
  return record.kind === 'load' && record.purpose === 'probe';
}

function failedGates(record: LoadSample | AsyncSample): readonly string[] {
  const failed = bindingGates(record).flatMap((gate) => (gate.status === 'failed' ? [gate.id] : []));
  // Where none failed, a measurement is invalid for want of gates that could look.
  return failed.length > 0 || record.valid ? failed : ['judged'];
}

/** Every cell with a measurement that is no result, in the order in which they were measured. */
export function leftOut(records: readonly RunRecord[], verdict: Verdict | null): LeftOut[] {
  const judged = records.flatMap((record) => {
    if (record.kind !== 'load' && record.kind !== 'async') return [];
    return isRamp(record) ? [] : [{ what: nameOf(record), failed: failedGates(record) }];
  });
  const cells = Map.groupBy(judged, (it) => it.what);
  const measured = [...cells].flatMap(([what, all]) => {
    const bad = all.filter((it) => it.failed.length > 0);
    if (bad.length === 0) return [];
    const gates = [...new Set(bad.flatMap((it) => it.failed))].join(', ');
    return [{ what, why: `${bad.length} of ${all.length} failed ${gates}` }];
  });
  return [...measured, ...searchesLeftOut(records), ...ownGates(records, verdict)];
}

/** What rests on steps that are none, or was never decided. */
function searchesLeftOut(records: readonly RunRecord[]): LeftOut[] {
  return records.flatMap((record) => {
    if (record.kind !== 'capacity' || record.counts) return [];
    const { platform, function: name, path, payloadBytes } = record;
    const what = `${platform} throughput ${name} ${path}${sizeOf(payloadBytes)}, what it sustains`;
    return [{ what, why: record.whyNot ?? 'no reason given' }];
  });
}

/** What scenarios say of themselves, whose measurements have no gates of their own. */
function ownGates(records: readonly RunRecord[], verdict: Verdict | null): LeftOut[] {
  const kinds = new Set(records.map((record) => record.kind));
  return (verdict?.gates ?? []).flatMap((gate) => {
    if (gate.status !== 'failed') return [];
    const concerned = scenarioGates.find(({ id }) => id === gate.id)?.leavesOut;
    return concerned === undefined || !kinds.has(concerned.kind) ? [] : [{ what: concerned.what, why: gate.measured }];
  });
}

function nameOf(record: LoadSample | AsyncSample): string {
  const { platform, function: name, payloadBytes } = record;
  const size = sizeOf(payloadBytes);
  if (record.kind === 'async') return `${platform} async ${name} ${record.ratePerSecond}/s${size}`;
  const { scenario, path, arrivals, purpose } = record;
  const step = purpose === 'probe' ? ', a step of a search' : '';
  return `${platform} ${scenario} ${name} ${path} ${formatArrivals(arrivals)}${size}${step}`;
}

function sizeOf(payloadBytes: number): string {
  return payloadBytes === 0 ? '' : ` ${formatBytes(payloadBytes)}`;
}
