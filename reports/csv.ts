import { stringify } from 'csv-stringify/sync';
import type { Run } from '../harness/runs/read.ts';
import { type ColdStartSample, phaseNames } from '../harness/runs/schema.ts';
import { coldStartsOf } from './summary.ts';

/** One row per cold-start sample, whatever its verdict; empty cells where nothing was observed. RFC 4180, UTF-8. */
export function samplesCsv(run: Run): string {
  return table(coldStartsOf(run).map(rowOf), columns());
}

/** RFC 4180. Rows are lists, or objects that name their columns themselves. */
export function table(rows: readonly (readonly unknown[] | object)[], columns?: string[]): string {
  const named = columns === undefined ? {} : { columns };
  return stringify([...rows], { ...named, header: true, record_delimiter: '\r\n' });
}

const HEAD = [
  'index',
  'at',
  'platform',
  'level',
  'function',
  'block',
  'repetition',
  'round',
  'verdict',
  'reason',
  'origin',
];
const TIMES = ['total_ns', 'first_answer_correct', 'first_answer_status', 'first_answer_origin', 'first_answer_ns'];
const TAIL = [
  'residual_ns',
  'attempts',
  'pid_before',
  'pid_after',
  'bytes_pulled',
  'cni_files',
  'iptables_rules',
  'clock_drift_ns',
  'steal_share',
];

function columns(): string[] {
  return [...HEAD, ...TIMES, ...phaseNames.map((name) => `phase_${name}_ns`), ...TAIL];
}

function rowOf(sample: ColdStartSample): (string | number | null)[] {
  const { firstAnswer, proof, contamination } = sample;
  const phases = phaseNames.map((name) => {
    const same = sample.phases.filter((phase) => phase.name === name);
    return same.length === 0 ? null : same.reduce((sum, phase) => sum + phase.durationNs, 0);
  });
  return [
    sample.index,
    sample.at,
    inert(sample.platform),
    sample.level,
    inert(sample.function),
    sample.block,
    sample.repetition,
    sample.round,
    sample.verdict,
    inert(sample.reason),
    sample.origin,
    sample.totalNs,
    String(firstAnswer.correct),
    firstAnswer.status,
    firstAnswer.origin,
    firstAnswer.atNs,
    ...phases,
    sample.residualNs,
    sample.attempts,
    proof.pidBefore,
    proof.pidAfter,
    proof.bytesPulled,
    contamination?.cniFiles ?? null,
    contamination?.iptablesRules ?? null,
    sample.clockDriftNs,
    sample.stealShare,
  ];
}

/** Spreadsheets run what begins like a formula (OWASP, "CSV injection"); an apostrophe makes it text. */
export function inert(text: string | null): string | null {
  return text !== null && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}
