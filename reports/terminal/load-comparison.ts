import { formatArrivals, formatBytes, formatP, formatRatioInterval, formatRatioOf } from '../format.ts';
import type { LoadComparison } from '../summary/load-comparison.ts';
import type { Summary } from '../summary.ts';
import { conclusionWords } from '../words.ts';
import { type Paint, table, wrapped } from './layout.ts';

/** Ratios between platforms, then between functions of one workload. */
export function loadComparisonLines(summary: Summary, paint: Paint): string[] {
  return (['platforms', 'functions'] as const).flatMap((between) => {
    const rows = summary.loadComparisons.filter((it) => it.between === between);
    if (rows.length === 0) return [];
    const columns = columnsOf(between, rows);
    const lines = table(
      columns.map(([title]) => title),
      rows.map((it) => columns.map(([, text]) => text(it))),
      (title) => ['scenario', 'function', 'platform', 'path', 'against', ''].includes(title),
    );
    return [
      '',
      `Latency under the same load divided by that of ${between === 'platforms' ? 'the first platform' : 'the first function'}`,
      ...lines.map((line, i) => (i === 0 ? paint('bold', line) : line)),
      ...conclusionWords(rows).flatMap((line) => wrapped(line, '  ')),
    ];
  });
}

type Column = readonly [title: string, text: (it: LoadComparison) => string];

/** What is the same in all rows distinguishes none and is left out. */
function columnsOf(between: LoadComparison['between'], rows: readonly LoadComparison[]): Column[] {
  const names: Column[] = [
    ['scenario', (it) => it.scenario],
    ['platform', (it) => it.platform],
    ['path', (it) => it.path],
    ['load', (it) => formatArrivals(it.arrivals)],
    ['payload', (it) => formatBytes(it.payloadBytes)],
  ];
  return [
    ['function', (it) => it.function],
    ['against', (it) => (between === 'platforms' ? it.baseline.platform : it.baseline.function)],
    ...names.filter(
      ([title, text]) => new Set(rows.map(text)).size > 1 || (title === 'platform' && between === 'platforms'),
    ),
    ['of', (it) => it.quantile],
    ['ratio', (it) => formatRatioOf(it.estimate)],
    ['95 % of it', (it) => formatRatioInterval(it.estimate)],
    ['p', (it) => formatP(it.estimate?.p)],
    ['adj. p', (it) => formatP(it.adjustedP)],
    ['', (it) => it.verdict],
  ];
}
