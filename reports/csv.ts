import { stringify } from 'csv-stringify/sync';
import { inertText } from '../harness/core/inert.ts';
import type { Run } from '../harness/runs/run.ts';
import { type ColdStartSample, phaseNames } from '../harness/runs/schema.ts';
import { coldStartsOf } from './summary.ts';

/** One row per cold-start sample, whatever its verdict; empty cells where nothing was observed. RFC 4180, UTF-8. */
export function samplesCsv(run: Run): string {
  return table(coldStartsOf(run).map(rowOf), columns());
}

/** RFC 4180. Rows are lists, or objects that name their columns themselves. Text is inert, in whatever column. */
export function table(rows: readonly (readonly unknown[] | object)[], columns?: string[]): string {
  const named = columns === undefined ? {} : { columns };
  return stringify([...rows], {
    ...named,
    header: true,
    record_delimiter: '\r\n',
    // Of line ends the library quotes only the whole delimiter.
    quoted_match: /[\r\n]/,
    cast: { string: inertCell },
  });
}

/** Where a spreadsheet sees a cell begin, by whatever separator it was told or guesses, and what makes it a formula. */
const FORMULA = /(^|[,;|\t\n"'])(\s*)([=+\-@＝＋－＠])/g;

/** Spreadsheets run what begins like a formula (OWASP, "CSV injection"); an apostrophe makes it text. */
function inertCell(text: string): string {
  return inertText(text).replace(FORMULA, "$1$2'$3");
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
    sample.platform,
    sample.level,
    sample.function,
    sample.block,
    sample.repetition,
    sample.round,
    sample.verdict,
    sample.reason,
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
