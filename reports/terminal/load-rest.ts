import { formatBytes, formatFailures, formatInterval, formatMs, formatSpread } from '../format.ts';
import { footprintMeasures, formatFigure } from '../measures.ts';
import type { BurstCell } from '../summary/burst.ts';
import type { FootprintCell } from '../summary/footprint.ts';
import type { Summary } from '../summary.ts';
import { type Paint, table, wrapped } from './layout.ts';

const FOOTPRINT_HEAD = ['function', 'moment', ...footprintMeasures.map(({ column }) => column)];

/** Memory at each moment of a function's life. */
export function footprintLines(summary: Summary, paint: Paint): string[] {
  return summary.manifest.platforms.flatMap(({ label }) => {
    const cells = summary.footprints.filter((cell) => cell.platform === label);
    if (cells.length === 0) return [];
    const lines = table(FOOTPRINT_HEAD, cells.flatMap(momentRows));
    return [
      '',
      ...wrapped(`${label}: memory; of processes the PSS; median over blocks`),
      ...lines.map((line, i) => (i === 0 ? paint('bold', line) : line)),
      ...cells.flatMap(costLine).flatMap((line) => wrapped(line, '  ')),
    ];
  });
}

function momentRows(cell: FootprintCell): string[][] {
  return cell.moments.map((it, i) => [
    i === 0 ? cell.function : '',
    it.moment,
    ...footprintMeasures.map((measure) => formatFigure(measure, it[measure.key])),
  ]);
}

function costLine({ function: name, oneMoreBytes: cost, blocks }: FootprintCell): string[] {
  if (cost.value === null) return [];
  const range = cost.kind === null ? '' : ` (${formatSpread(cost, formatBytes)}, ${blocks} blocks)`;
  return [`one more ${name}, idle, costs the machine ${formatBytes(cost.value)}${range}`];
}

/** Does memory grow under a load that lasts? */
export function soakLines(summary: Summary): string[] {
  const lines = summary.soaks.map(({ platform, function: name, blocks, growthBytesPerHour: growth }) => {
    const readings = blocks.reduce((sum, block) => sum + block.readings.length, 0);
    const what = `${platform} ${name}, memory during the soak (${readings} readings)`;
    if (growth.value === null) return `${what}: too few to tell whether it grows`;
    const range = growth.kind === null ? '' : ` (${signedBytes(growth.lower)} … ${signedBytes(growth.upper)})`;
    return `${what}: ${signedBytes(growth.value)} an hour${range}`;
  });
  return lines.length === 0 ? [] : ['', ...lines.flatMap((line) => wrapped(line, '  '))];
}

function signedBytes(bytes: number | null): string {
  if (bytes === null) return '–';
  return `${bytes < 0 ? '−' : '+'}${formatBytes(Math.round(Math.abs(bytes)))}`;
}

const BURST_HEAD = ['', 'function', 'at once', 'n', 'starts', '1st ok', '95 % of it', 'all ok', '95 % of it', 'right'];

/** Many requests at once to a function that was not running. */
export function burstLines(summary: Summary, paint: Paint): string[] {
  return summary.manifest.platforms.flatMap(({ label }) => {
    const cells = summary.bursts.filter((cell) => cell.platform === label);
    if (cells.length === 0) return [];
    const lines = table(BURST_HEAD, cells.map(burstRow));
    return [
      '',
      ...wrapped(
        `${label}: many requests at once to a function that was not running; ms to the first and last right answer`,
      ),
      ...lines.map((line, i) => (i === 0 ? paint('bold', line) : line)),
      ...cells.flatMap(wrongLine).flatMap((line) => wrapped(line, '  ')),
    ];
  });
}

function burstRow(cell: BurstCell): string[] {
  const starts = cell.medianStarts === cell.maxStarts ? cell.maxStarts : `${cell.medianStarts}…${cell.maxStarts}`;
  const time = (valueNs: number | null) => (valueNs === null ? 'never' : formatMs(valueNs));
  return [
    cell.level,
    cell.function,
    String(cell.concurrency),
    String(cell.n),
    starts === null ? '–' : String(starts),
    time(cell.firstCorrect.valueNs),
    formatInterval(cell.firstCorrect),
    time(cell.allCorrect.valueNs),
    formatInterval(cell.allCorrect),
    `${cell.correct}/${cell.firstAnswers}`,
  ];
}

function wrongLine(cell: BurstCell): string[] {
  if (cell.wrong.length === 0) return [];
  const wrong = formatFailures(cell.wrong);
  return [`${cell.level} ${cell.function}, ${cell.concurrency} at once: first answers wrong: ${wrong}`];
}
