import { styleText } from 'node:util';
import {
  formatInterval,
  formatMs,
  formatP,
  formatRange,
  formatRatioInterval,
  formatRatioOf,
  formatShare,
  scopeWords,
} from './format.ts';
import type { Cell } from './summary/cell.ts';
import type { Estimate } from './summary/estimate.ts';
import type { Summary } from './summary.ts';
import { type Paint, type Style, table, wrapped } from './terminal/layout.ts';
import { loadLines } from './terminal/load.ts';
import { conclusionWords, controlWords, deathWords, machineWords, noResultWords } from './words.ts';

export interface TerminalOptions {
  readonly colour: boolean;
}

/** Result tables as plain text, at most 100 columns. Ends without a line break. */
export function terminalReport(summary: Summary, options: TerminalOptions): string {
  // validateStream would look at this process' stdout, which is not where the text must go.
  const paint: Paint = (style, text) => (options.colour ? styleText(style, text, { validateStream: false }) : text);
  return [
    ...wrapped(summary.title).map((line) => paint('bold', line)),
    ...wrapped(verdictLine(summary)).map((line) => paint(colourOfState(summary), line)),
    ...noResultWords(summary).flatMap((text) => wrapped(text).map((line) => paint('red', line))),
    ...deathWords(summary.deaths).flatMap((text) => wrapped(text).map((line) => paint('red', line))),
    ...machineWords(summary.manifest).flatMap((text) => wrapped(text).map((line) => paint('yellow', line))),
    ...controlLines(summary),
    ...summary.manifest.platforms.flatMap((platform) => platformLines(summary, platform.label, paint)),
    ...comparisonLines(summary, paint),
    ...firstAnswerLines(summary, paint),
    ...loadLines(summary, paint),
    ...noteLines(summary),
  ].join('\n');
}

function platformLines(summary: Summary, platform: string, paint: Paint): string[] {
  const cells = summary.cells.filter((cell) => cell.platform === platform);
  const floors = summary.floors.filter((floor) => floor.platform === platform);
  if (cells.length === 0 && floors.length === 0) return [];
  const said = commonScope([...cells, ...floors].map((it) => it.median));
  const rows = [
    ...cells.map((cell) => rowOf(cell, said)),
    ...floors.map((floor) => [
      floor.level,
      '(floor)',
      String(floor.n),
      String(floor.ok),
      '',
      formatMs(floor.median.valueNs),
      intervalText(floor.median, said),
      formatMs(floor.p90.valueNs),
      formatMs(floor.maxNs),
      '1.00',
      '',
    ]),
  ].sort((a, b) => (a[0] ?? '').localeCompare(b[0] ?? ''));
  const lines = table(headOf(said), rows).map((line, i) => (i === 0 ? paint('bold', line) : line));
  return ['', ...wrapped(`${platform}: time to the first correct answer, ms`), ...lines];
}

function headOf(scope: string | undefined): string[] {
  const interval = scope === undefined ? '95 % of it' : `95 %${scope}`;
  return ['', 'function', 'n', 'ok', '1st ok', 'median', interval, 'p90', 'max', '×floor', 'residual'];
}

/** What all intervals of a table speak of, where that is the same few deployments; undefined otherwise. */
function commonScope(estimates: readonly Estimate[]): string | undefined {
  const scopes = new Set(estimates.filter((it) => it.over !== null).map(scopeWords));
  const [scope] = scopes;
  return scopes.size === 1 && scope !== '' ? scope : undefined;
}

function intervalText(estimate: Estimate, said: string | undefined): string {
  return `${formatInterval(estimate)}${said === undefined ? scopeWords(estimate) : ''}`;
}

function rowOf(cell: Cell, said: string | undefined): string[] {
  const { firstAnswer, median } = cell;
  return [
    cell.level,
    cell.function,
    String(cell.n),
    String(cell.ok),
    firstAnswer.n === 0 ? '–' : `${firstAnswer.correct}/${firstAnswer.n}`,
    quantileText(median.valueNs, cell),
    intervalText(median, said),
    quantileText(cell.p90.valueNs, cell),
    cell.neverAnswered > 0 ? 'never' : formatMs(cell.maxNs),
    formatRatioOf(cell.distanceToFloor),
    formatShare(cell.medianResidualShare),
  ];
}

function quantileText(valueNs: number | null, cell: Cell): string {
  return valueNs === null && cell.timed > 0 ? 'never' : formatMs(valueNs);
}

function comparisonLines(summary: Summary, paint: Paint): string[] {
  if (summary.comparisons.length === 0) return [];
  const rows = summary.comparisons.map((it) => [
    it.level,
    it.function,
    it.platform,
    formatRatioOf(it.estimate),
    formatRatioInterval(it.estimate),
    formatP(it.estimate?.p),
    formatP(it.adjustedP),
    it.verdict,
  ]);
  const baseline = summary.comparisons[0]?.baseline ?? '';
  const head = ['', 'function', 'platform', 'ratio', '95 % of it', 'p', 'adj. p', ''];
  const lines = table(head, rows).map((line, i) => (i === 0 ? paint('bold', line) : line));
  return [
    '',
    ...wrapped(`Time divided by that on ${baseline}`),
    ...lines,
    ...conclusionWords(summary.comparisons).flatMap((line) => wrapped(line, '  ')),
  ];
}

/** Nothing where all first answers were right, or all wrong, on every platform. */
function firstAnswerLines(summary: Summary, paint: Paint): string[] {
  const rows = summary.firstAnswerComparisons;
  if (!rows.some((it) => it.estimate !== null && it.estimate.difference !== 0)) return [];
  const percent = (share: number | null) => (share === null ? '–' : (share * 100).toFixed(0));
  const lines = table(
    ['', 'function', 'platform', 'points', '95 % of it', 'p', 'adj. p', ''],
    rows.map(({ level, function: name, platform, estimate, adjustedP, verdict }) => [
      ...[level, name, platform, percent(estimate?.difference ?? null)],
      formatRange(estimate?.lower ?? null, estimate?.upper ?? null, percent),
      ...[formatP(estimate?.p), formatP(adjustedP), verdict],
    ]),
  );
  return [
    '',
    ...wrapped(`First answers right, percentage points more than on ${rows[0]?.baseline ?? ''}`),
    ...lines.map((line, i) => (i === 0 ? paint('bold', line) : line)),
    ...conclusionWords(rows).flatMap((line) => wrapped(line, '  ')),
  ];
}

/** Everything that is not ok, in words; silence here means that nothing was left out. */
function noteLines(summary: Summary): string[] {
  const cells = summary.cells.flatMap((cell) => {
    const parts = [
      ...cell.failedBy.map(({ origin, n }) => `${n} failed by ${origin}`),
      ...(cell.notCold > 0 ? [`${cell.notCold} not cold`] : []),
      ...(cell.invalid > 0 ? [`${cell.invalid} invalid`] : []),
      ...cell.firstAnswer.wrongBy.map(({ origin, n }) => `${n} first answers wrong by ${origin}`),
    ];
    return parts.length === 0 ? [] : [`${cell.platform} ${cell.level} ${cell.function}: ${parts.join(', ')}`];
  });
  const floors = summary.floors.flatMap((floor) => {
    const lost = `${floor.n - floor.ok} of ${floor.n} floors have no time`;
    const why = floor.reasons.length === 0 ? '' : `: ${floor.reasons.join('; ')}`;
    return floor.ok === floor.n ? [] : [`${floor.platform} ${floor.level}: ${lost}${why}`];
  });
  const withheld = summary.cells.some(({ p99, timed }) => p99.valueNs === null && !p99.never && timed > 0);
  const p99 = summary.cells
    .filter((cell) => cell.p99.valueNs !== null || cell.p99.never)
    .map((cell) => {
      const value = cell.p99.never ? 'never' : `${formatMs(cell.p99.valueNs)} ms`;
      const range = cell.p99.lowerNs === null ? '' : ` (${formatInterval(cell.p99)})`;
      return `${cell.platform} ${cell.level} ${cell.function}: p99 ${value}${range}`;
    });
  const lines = [
    ...cells,
    ...floors,
    ...p99,
    ...summary.unsupported.map((it) => `${it.platform} ${it.level}: unsupported: ${it.reason}`),
    ...summary.problems.map((it) => `${it.file}${it.line === null ? '' : `:${it.line}`} ${it.message}`),
    ...(withheld ? ['p99 is withheld where n < 368: its 95 % interval has no upper bound there'] : []),
  ];
  return lines.length === 0 ? [] : ['', ...lines.flatMap((line) => wrapped(line, '  '))];
}

function verdictLine(summary: Summary): string {
  const { state, headline, verdict } = summary;
  const failed = (verdict?.gates ?? [])
    .filter((gate) => gate.status === 'failed' && !headline.includes(gate.measured))
    .map((gate) => `${gate.id}: ${gate.measured}`);
  return [`${state}: ${headline}`, ...failed].join('; ');
}

function colourOfState(summary: Summary): Style {
  if (summary.state === 'valid') return 'green';
  return ['unfinished', 'incomplete', 'interrupted'].includes(summary.state) ? 'yellow' : 'red';
}

function controlLines(summary: Summary): string[] {
  return summary.manifest.platforms.some((platform) => platform.kind === 'control') ? wrapped(controlWords) : [];
}
