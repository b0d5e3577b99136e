import {
  formatArrivals,
  formatBytes,
  formatFailures,
  formatMs,
  formatMsOf,
  formatRate,
  formatShare,
  formatSpread,
} from '../format.ts';
import { latencyMeasures } from '../measures.ts';
import type { LoadCell } from '../summary/load.ts';
import type { Spread } from '../summary/spread.ts';
import type { Summary } from '../summary.ts';
import { bodyWords, pathWords } from '../words.ts';
import { type Paint, table, wrapped } from './layout.ts';
import { capacityLines } from './load-capacity.ts';
import { loadComparisonLines } from './load-comparison.ts';
import { densityLines, queueLines } from './load-machine.ts';
import { burstLines, footprintLines, soakLines } from './load-rest.ts';
import { memoryLimitLines } from './memory-limit.ts';
import { targetLines } from './target.ts';

/** What the scenarios that put load on have shown; nothing where none ran. */
export function loadLines(summary: Summary, paint: Paint): string[] {
  const platforms = summary.manifest.platforms.map((it) => it.label);
  const scenarios = [...new Set(summary.loads.map((cell) => cell.scenario))];
  return [
    ...scenarios.flatMap((scenario) =>
      platforms.flatMap((platform) => {
        const cells = summary.loads.filter(
          (cell) => cell.scenario === scenario && cell.platform === platform && cell.purpose === 'measure',
        );
        return cells.length === 0 ? [] : cellLines(`${platform}, ${scenario}`, cells, paint);
      }),
    ),
    ...capacityLines(summary, paint),
    ...targetLines(summary, paint),
    ...footprintLines(summary, paint),
    ...memoryLimitLines(summary, paint),
    ...soakLines(summary),
    ...burstLines(summary, paint),
    ...queueLines(summary, paint),
    ...densityLines(summary, paint),
    ...loadComparisonLines(summary, paint),
    ...bodyLines(summary),
    ...noteLines(summary, paint),
  ];
}

/** What was sent: a figure means little to whoever does not know the work that was asked for. */
function bodyLines({ bodies }: Summary): string[] {
  const lines = bodies.map((it) => `${it.functions.join(', ')}: ${bodyWords(it)}`);
  return lines.length === 0 ? [] : ['', ...lines.flatMap((line) => wrapped(line, '  '))];
}

/** A column of the table; what is the same in all rows is said in the heading instead. */
interface Column {
  readonly title: string;
  readonly text: (cell: LoadCell) => string;
  /** How the heading says it; what has none is always a column. */
  readonly said?: (cell: LoadCell) => string;
}

const COLUMNS: readonly Column[] = [
  { title: 'function', text: (cell) => cell.function },
  { title: 'path', text: (cell) => cell.path, said: (cell) => pathWords[cell.path] },
  { title: 'load', text: (cell) => formatArrivals(cell.arrivals), said: (cell) => arrivalsSaid(cell.arrivals) },
  {
    title: 'payload',
    text: (cell) => formatBytes(cell.payloadBytes),
    said: ({ payloadBytes }) => (payloadBytes === 0 ? '' : `with ${formatBytes(payloadBytes)} each`),
  },
  { title: 'valid', text: validText },
  ...latencyMeasures.flatMap(latencyColumns),
  { title: 'failed', text: failedText },
];

function latencyColumns({ key, column, isRanged }: (typeof latencyMeasures)[number]): readonly Column[] {
  const value: Column = { title: column, text: ({ latency }) => formatMsOf(latency[key]) };
  return isRanged
    ? [value, { title: '95 % of it', text: ({ latency }) => formatSpread(latency[key], formatMs) }]
    : [value];
}

const THROUGHPUT: Column = { title: 'ok/s', text: (cell) => formatRate(cell.throughputPerSecond.value) };

function cellLines(name: string, cells: readonly LoadCell[], paint: Paint): string[] {
  const closed = cells.some((cell) => cell.arrivals.kind === 'closed');
  const columns = closed ? COLUMNS.toSpliced(5, 0, THROUGHPUT) : COLUMNS;
  const same = columns.filter(({ said, text }) => said !== undefined && new Set(cells.map(text)).size === 1);
  const said = same.flatMap((column) => cells.slice(0, 1).map((cell) => column.said?.(cell) ?? ''));
  const shown = columns.filter((column) => !same.includes(column));
  const heading = `${[name, ...said.filter((it) => it !== '')].join(', ')}: ${latencyWords(cells)}`;
  const lines = table(
    shown.map((column) => column.title),
    cells.map((cell) => shown.map((column) => column.text(cell))),
    (title) => title === 'function' || title === 'path',
  );
  return ['', ...wrapped(heading), ...lines.map((line, i) => (i === 0 ? paint('bold', line) : line))];
}

function arrivalsSaid(arrivals: LoadCell['arrivals']): string {
  if (arrivals.kind !== 'closed') return `at ${formatArrivals(arrivals)}`;
  return `over ${arrivals.connections} connections that wait for their answers`;
}

function latencyWords(cells: readonly LoadCell[]): string {
  const kinds = new Set(cells.map((cell) => cell.latencyOf));
  if (kinds.size > 1) return 'ms, at a rate from when the request was due, else from when it was sent';
  return kinds.has('intended') ? 'ms from when the request was due' : 'ms from when the request was sent';
}

function validText(cell: LoadCell): string {
  return `${cell.trials.length}/${cell.trials.length + cell.invalid.length}`;
}

function failedText(cell: LoadCell): string {
  if (cell.blocks.length === 0) return '–';
  return cell.failed === 0 ? '0' : formatShare(cell.failed / cell.sent);
}

/** What is no result and why, and what limits the results. */
function noteLines(summary: Summary, paint: Paint): string[] {
  const measured = summary.loads.filter((cell) => cell.purpose === 'measure');
  const invalid = measured.flatMap((cell) =>
    cell.invalid.flatMap(({ block, trial, failedGates }) => {
      const why = failedGates.map((gate) => `${gate.id}: ${gate.measured}. ${gate.hint}`).join('; ');
      return wrapped(
        `INVALID ${nameOf(cell)}, block ${block}, measurement ${trial}: ${why || 'no reason given'}`,
        '  ',
      );
    }),
  );
  const lines = [...summary.loads.flatMap(failureLines), ...measured.flatMap(limitsOf), ...withheldLines(measured)];
  if (invalid.length + lines.length === 0) return [];
  return ['', ...invalid.map((line) => paint('red', line)), ...lines.flatMap((line) => wrapped(line, '  '))];
}

function nameOf({ platform, scenario, function: name, path, arrivals, payloadBytes }: LoadCell): string {
  return `${platform} ${scenario} ${name} ${path} ${formatArrivals(arrivals)} ${formatBytes(payloadBytes)}`;
}

function limitsOf(cell: LoadCell): string[] {
  const unsteady = cell.trials.filter((trial) => trial.steady.fromSecond === null);
  const reasons = [...new Set(unsteady.map((trial) => trial.steady.reason ?? 'unknown'))].join('; ');
  const missed = (verdict: 'broken' | 'undecided') =>
    cell.trials.flatMap(({ slo }) => (slo?.verdict === verdict ? [slo.why] : []));
  const [broken, undecided] = [missed('broken'), missed('undecided')];
  const all = cell.trials.length;
  return [
    ...(unsteady.length > 0 ? [`${nameOf(cell)}: no steady state in ${unsteady.length} of ${all}: ${reasons}`] : []),
    ...(broken.length > 0 ? [`${nameOf(cell)}: SLO broken in ${broken.length} of ${all}: ${broken[0]}`] : []),
    ...(undecided.length > 0
      ? [`${nameOf(cell)}: SLO not decided in ${undecided.length} of ${all}: ${undecided[0]}`]
      : []),
  ];
}

/** What requests that failed said, in steps of searches as well: a search ends where they are too many. */
function failureLines(cell: LoadCell): string[] {
  const { of, kinds } = cell.failures;
  if (kinds.length === 0) return [];
  const step = cell.purpose === 'probe' ? ' (search)' : '';
  return [`${nameOf(cell)}${step}: failed: ${formatFailures(kinds, of)}`];
}

function isWithheld({ value, never }: Spread): boolean {
  return value === null && !never;
}

function withheldLines(cells: readonly LoadCell[]): string[] {
  const valid = cells.filter((cell) => cell.blocks.length > 0);
  if (valid.length === 0) return [];
  const withheld = valid.some(({ latency }) => [latency.p99Ns, latency.p999Ns].some(isWithheld));
  return [
    ...(valid.some((cell) => cell.latency.p50Ns.kind !== 'interval')
      ? [
          '“one block”: how much other deployments differ from it is unknown, so there is no interval; “of 2”: the two that ' +
            'there are, which is none either; intervals are over deployments, from three on',
        ]
      : []),
    ...(withheld ? ['p99 is withheld where a block has fewer than 368 requests, p99.9 below 3688'] : []),
  ];
}
