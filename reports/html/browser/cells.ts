// What stands in the cells of several tables.

import {
  formatArrivals,
  formatBytes,
  formatInterval,
  formatMs,
  formatRatioInterval,
  formatRatioOf,
  scopeWords,
} from '../../format.ts';
import type { Cell } from '../../summary/cell.ts';
import type { Estimate } from '../../summary/estimate.ts';
import type { LoadCell } from '../../summary/load.ts';
import { type Content, element, svg } from './dom.ts';
import type { Page } from './state.ts';

export function platformTag(data: Page, label: string): HTMLElement {
  const kind = data.summary.manifest.platforms.find((platform) => platform.label === label)?.kind ?? 'unknown';
  return element('span', { class: `tag ${kind}` }, label);
}

/** Function, and below it where and how cold: the platform's name stands in every row. */
export function nameNode(data: Page, cell: Cell): Content {
  const level = data.words.levels[cell.level];
  return [
    cell.function,
    ' ',
    element(
      'span',
      { class: 'under-name' },
      platformTag(data, cell.platform),
      element('span', { title: level.startsWhen }, ` ${cell.level} ${level.name}`),
    ),
  ];
}

/** A second, smaller line in a cell; the blank keeps the two apart when they are read or copied as text. */
export function below(text: string | null): Content {
  return [' ', element('span', { class: 'under-number' }, text)];
}

/** What distinguishes this row from those of the same function. */
export function loadLabel({
  path,
  arrivals,
  payloadBytes,
}: Pick<LoadCell, 'path' | 'arrivals' | 'payloadBytes'>): string {
  const payload = payloadBytes === 0 ? [] : [formatBytes(payloadBytes)];
  return [path, formatArrivals(arrivals), ...payload].join(' · ');
}

export function quantileNode(estimate: Estimate): Content {
  if (estimate.valueNs !== null) return formatMs(estimate.valueNs);
  if (estimate.note === null || estimate.note === 'no samples') return '–';
  const never = estimate.note.startsWith('no correct');
  return element('span', { class: never ? 'bad' : 'small' }, never ? 'never' : estimate.note);
}

export function medianNode(cell: Cell): Content {
  const { lowerNs, note } = cell.median;
  const range = lowerNs === null ? note : `${formatInterval(cell.median)}${scopeWords(cell.median)}`;
  return [quantileNode(cell.median), cell.timed === 0 ? null : below(range)];
}

export function maxNode(cell: Cell): Content {
  if (cell.neverAnswered === 0) return formatMs(cell.maxNs);
  return element('span', { class: 'bad' }, 'never');
}

export function floorNode(cell: Cell): Content {
  const it = cell.distanceToFloor;
  if (it === null) return '–';
  return [formatRatioOf(it), below(formatRatioInterval(it))];
}

export function firstShare(cell: Cell): number | null {
  return cell.firstAnswer.n === 0 ? null : cell.firstAnswer.correct / cell.firstAnswer.n;
}

export function firstNode(cell: Cell): Content {
  const { correct, n, interval } = cell.firstAnswer;
  if (n === 0) return '–';
  const percent = (share: number): string => (share * 100).toFixed(0);
  return [
    element('span', { class: correct < n ? 'bad' : null }, `${correct}/${n}`),
    interval === null
      ? null
      : below(`${percent(interval.lower)}…${percent(interval.upper)} %${scopeWords(cell.firstAnswer)}`),
  ];
}

export function failedNode(cell: Cell): Content {
  if (cell.failed === 0) return '0';
  const by = cell.failedBy.map(({ origin, n }) => below(`${n} by ${origin}`));
  return [element('span', { class: 'bad' }, String(cell.failed)), by];
}

export function countNode(count: number): HTMLElement {
  return element('span', { class: count > 0 ? 'bad' : null }, String(count));
}

/** The next number with two digits: a scale that can be read. */
export function roundUp(value: number): number {
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Math.ceil(value / unit) * unit;
}

/** Dot: median; thick line: its interval; thin line: up to p90; grey tick: the floor's median. */
export function intervalPicture(data: Page, cell: Cell, scaleNs: number): Content {
  const x = (ns: number): string => ((ns / scaleNs) * 100).toFixed(2);
  const floor = data.summary.floors.find((it) => it.platform === cell.platform && it.level === cell.level);
  const { valueNs, lowerNs, upperNs } = cell.median;
  const line = (from: number, to: number, kind: string): Content =>
    svg('line', { x1: `${x(from)}%`, x2: `${x(to)}%`, y1: 9, y2: 9, class: kind });
  return svg(
    'svg',
    { class: 'interval', width: 140, height: 18, 'aria-hidden': 'true', focusable: 'false' },
    svg('line', { x1: '0%', x2: '100%', y1: 9, y2: 9, class: 'track' }),
    floor?.median.valueNs
      ? svg('line', {
          x1: `${x(floor.median.valueNs)}%`,
          x2: `${x(floor.median.valueNs)}%`,
          y1: 2,
          y2: 16,
          class: 'floor',
        })
      : null,
    valueNs !== null && cell.p90.valueNs !== null ? line(valueNs, cell.p90.valueNs, 'tail') : null,
    lowerNs !== null && upperNs !== null ? line(lowerNs, upperNs, 'range') : null,
    valueNs !== null ? svg('circle', { cx: `${x(valueNs)}%`, cy: 9, r: 3.5, class: 'dot' }) : null,
  );
}
