import { formatBytes, formatRange, formatRate } from '../format.ts';
import type { CapacityCell } from '../summary/capacity.ts';
import type { Summary } from '../summary.ts';
import { capacityWords } from '../words.ts';
import { type Paint, table, wrapped } from './layout.ts';

const HEAD = [
  'function',
  'path',
  'payload',
  'counting',
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
  const said = capacityWords(cell);
  return [
    cell.function,
    cell.path,
    formatBytes(cell.payloadBytes),
    `${cell.blocks.filter((it) => it.counts).length}/${cell.blocks.length}`,
    said.sustained,
    formatRange(sustained.lower, sustained.upper, formatRate),
    said.broken,
    best === undefined && cell.ceilings.length > 0 ? 'not decided' : formatRate(best?.perSecond.value),
    best === undefined ? '–' : String(best.connections),
  ];
}

/** Among those that count. */
function highestCeiling(cell: CapacityCell): CapacityCell['ceilings'][number] | undefined {
  const counted = cell.ceilings.filter((it) => it.perSecond.value !== null);
  return counted.sort((a, b) => (b.perSecond.value ?? 0) - (a.perSecond.value ?? 0))[0];
}

function whyLines(cell: CapacityCell): string[] {
  const { reasons, search } = capacityWords(cell);
  return [...reasons, search].map((text) => `${cell.function} ${cell.path}: ${text}`);
}
