import { formatBytes, formatFailures, formatMsOf, formatRange, formatShare } from '../format.ts';
import type { DensityCell } from '../summary/density.ts';
import type { QueueCell } from '../summary/queue.ts';
import type { Summary } from '../summary.ts';
import { type Paint, table, wrapped } from './layout.ts';

const QUEUE_HEAD = ['function', 'rate/s', 'valid', 'lost', 'again', '202 p50', 'p99', 'callback p50', 'p99', 'queue/s'];

/** Asynchronous invocations, from when each was due. */
export function queueLines(summary: Summary, paint: Paint): string[] {
  return summary.manifest.platforms.flatMap(({ label }) => {
    const cells = summary.queues.filter((cell) => cell.platform === label);
    if (cells.length === 0) return [];
    const lines = table(QUEUE_HEAD, cells.map(queueRow));
    return [
      '',
      ...wrapped(`${label}: asynchronous invocations; ms from when each was due to its 202 and to its callback`),
      ...lines.map((line, i) => (i === 0 ? paint('bold', line) : line)),
      ...cells.flatMap((cell) => refusedLines(cell)),
      ...cells.flatMap(unacceptedLines),
      ...cells.flatMap((cell) => cell.failed.flatMap((gate) => wrapped(`${cell.function}: invalid: ${gate}`, '  '))),
    ];
  });
}

function refusedLines({ function: name, ratePerSecond, refused, sent }: QueueCell): string[] {
  if (refused.length === 0) return [];
  return wrapped(`${name} ${ratePerSecond}/s: not accepted: ${formatFailures(refused, sent)}`, '  ');
}

function unacceptedLines({ function: name, ratePerSecond, unaccepted }: QueueCell): string[] {
  if (unaccepted === 0) return [];
  return wrapped(`${name} ${ratePerSecond}/s: ${unaccepted} callbacks of requests that were not accepted`, '  ');
}

function queueRow(cell: QueueCell): string[] {
  return [
    cell.function,
    String(cell.ratePerSecond),
    `${cell.valid}/${cell.n}`,
    `${cell.lost}/${cell.accepted}`,
    String(cell.repeated),
    formatMsOf(cell.acceptP50),
    formatMsOf(cell.acceptP99),
    formatMsOf(cell.callbackP50),
    formatMsOf(cell.callbackP99),
    cell.callbacksPerSecond.value === null ? '–' : cell.callbacksPerSecond.value.toFixed(1),
  ];
}

const DENSITY_HEAD = [
  'function',
  'machine',
  'one costs',
  '95 % of it',
  'forecast',
  'its range',
  'after',
  'truth',
  'off by',
];

/** How many functions fit: what was forecast, and what was true. */
export function densityLines(summary: Summary, paint: Paint): string[] {
  return summary.manifest.platforms.flatMap(({ label }) => {
    const cells = summary.densities.filter((cell) => cell.platform === label);
    if (cells.length === 0) return [];
    const lines = table(DENSITY_HEAD, cells.map(densityRow));
    return [
      '',
      ...wrapped(`${label}: functions that fit on the machine`),
      ...lines.map((line, i) => (i === 0 ? paint('bold', line) : line)),
      ...cells.flatMap(({ function: name, ended }) =>
        ended === null ? [] : wrapped(`${name}: ended: ${ended}`, '  '),
      ),
    ];
  });
}

function densityRow(cell: DensityCell): string[] {
  const bounded = cell.perFunctionLowerBytes !== null && cell.perFunctionUpperBytes !== null;
  return [
    cell.function,
    formatBytes(cell.limitBytes),
    formatBytes(cell.perFunctionBytes),
    bounded ? `${formatBytes(cell.perFunctionLowerBytes)}…${formatBytes(cell.perFunctionUpperBytes)}` : '–',
    String(cell.forecast ?? '–'),
    formatRange(cell.forecastLower, cell.forecastUpper, (fitting) => String(fitting ?? '∞')),
    String(cell.basedOn ?? '–'),
    cell.truth === null ? '–' : `${cell.editionLimit === null ? '' : '≥ '}${cell.truth}`,
    cell.error === null ? '–' : formatShare(cell.error),
  ];
}
