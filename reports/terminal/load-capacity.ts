import { formatBytes, formatRange, formatRate } from '../format.js';
import type { CapacityCell } from '../summary/capacity.ts';
import type { Summary } from '../summary.ts';
import { searchWords } from '../words.ts';
import { type Paint, table, wrapped } from './layout.ts';

const HEAD = [
  'function',
  'path',
  'payload',
  'blocks',
  'sustained/s',
  'its range',
  'broken at',
  'ceiling/s',
  'at conn.',
];

/** The highest rate that was sustained, and what closed loops reach at most. */
export function capacityLines(summary: Summary, paint: Paint): string[] {
  return summary.manifest.platforms.flatMap(({ label }) => {
    const cells = summary.capacities.filter((cell) => cell.platform === label);
    if (cells.length === 0) return [];
    const slos = [...new Set(cells.map((cell) => cell.slo))].join(' or ');
    const lines = table(HEAD, cells.map(rowOf));
    return [
      '',
      ...wrapped(`${label}: requests per second that are sustained with ${slos}`),
      ...lines.map((line, i) => (i === 0 ? paint('bold', line) : line)),
      ...cells.flatMap(whyLines).flatMap((line) => wrapped(line, '  ')),
    ];
  });
}

function rowOf(cell: CapacityCell): string[] {
  const { sustainedPerSecond: sustained } = cell;
  const best = highestCeiling(cell);
  return [
    cell.function,
    cell.path,
    formatBytes(cell.payloadBytes),
    String(cell.blocks.length),
    sustained.value === 0 ? 'none' : formatRate(sustained.value),
    formatRange(sustained.lower, sustained.upper, formatRate),
    cell.brokenPerSecond === null ? 'not reached' : formatRate(cell.brokenPerSecond),
    formatRate(best?.perSecond.value),
    best === undefined ? '–' : String(best.connections),
  ];
}

function highestCeiling(cell: CapacityCell): CapacityCell['ceilings'][number] | undefined {
  return [...cell.ceilings].sort((a, b) => (b.perSecond.value ?? 0) - (a.perSecond.value ?? 0))[0];
}

function whyLines(cell: CapacityCell): string[] {
  const said = cell.blocks.flatMap(({ brokenPerSecond, why }) =>
    brokenPerSecond === null ? [] : [`${formatRate(brokenPerSecond)}/s not sustained: ${why ?? 'unknown'}`],
  );
  const found = searchWords(cell.blocks.map((it) => it.search));
  return [
    ...[...Map.groupBy(said, (text) => text)].map(
      ([text, same]) => `${cell.function} ${cell.path}, ${same.length} of ${cell.blocks.length} blocks: ${text}`,
    ),
    ...(found === null ? [] : [`${cell.function} ${cell.path}: ${found}`]),
  ];
}
