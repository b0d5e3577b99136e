import { formatBytes, formatRange, formatRate } from '../../format.ts';
import type { CapacityCell } from '../../summary/capacity.ts';
import { ceilingFigure } from './capacity-ceilings.ts';
import { curveFigure, curvesOf } from './capacity-curves.ts';
import { placesOf } from './capacity-places.ts';
import { below, platformTag } from './cells.ts';
import { type Content, element, type Section, table } from './dom.ts';
import { type Page, type State, shown } from './state.ts';

/** What is sustained, the curves that show where it ends, and the ceilings of closed loops. */
export function renderCapacity(data: Page, state: State): Section {
  const curves = curvesOf(data.summary.loads);
  if (data.summary.capacities.length === 0 && curves.length === 0) return null;
  const cells = data.summary.capacities.filter((it) => shown(state, it));
  const visible = curves
    .map((curve) => ({ ...curve, cells: curve.cells.filter((it) => shown(state, it)) }))
    .filter((curve) => curve.cells.length > 0);
  return [
    cells.length > 0 ? capacityTable(data, cells) : null,
    element(
      'div',
      { class: 'panels' },
      visible.map((curve) => curveFigure(data, curve, cells)),
      placesOf(cells.filter((it) => it.ceilings.length > 1)).map((same) => ceilingFigure(data, same)),
    ),
  ];
}

function capacityTable(data: Page, cells: readonly CapacityCell[]): Content {
  return [
    element(
      'p',
      { class: 'note' },
      'Sustained: the highest rate tried at which the limit was kept (the 95 % interval of the share of requests that miss it lies below what it allows), counted from when requests were due, and every request was sent; median over blocks that count, small numbers: least and greatest. Not decided: steps that it rests on do not count, or too little was sent to tell. Ceiling: right answers per second in closed loops. Fit: the universal scalability law through them; σ is the share of the work that waits in line, κ what each pair of connections costs for agreeing.',
    ),
    table(
      'Sustained rates',
      ['Function', 'Platform', 'Path', 'Payload', 'Limit', 'Sustained/s', 'Broken at/s', 'Why', 'Ceiling/s', 'Fit'],
      cells.map((it) => {
        const words = data.words.capacities[data.summary.capacities.indexOf(it)];
        return [
          it.function,
          platformTag(data, it.platform),
          it.path,
          formatBytes(it.payloadBytes),
          it.slo,
          [
            words?.sustained ?? '–',
            below(formatRange(it.sustainedPerSecond.lower, it.sustainedPerSecond.upper, formatRate)),
            below(words?.search ?? null),
          ],
          words?.broken ?? '–',
          words?.reasons.join('; ') || '–',
          ceilingNode(it),
          fitNode(it),
        ];
      }),
      [5, 6, 8],
    ),
  ];
}

function ceilingNode({ ceilings }: CapacityCell): Content {
  if (ceilings.length === 0) return '–';
  const counted = ceilings.filter((it) => it.perSecond.value !== null);
  if (counted.length === 0) return 'not decided';
  const best = counted.reduce((a, b) => ((b.perSecond.value ?? 0) > (a.perSecond.value ?? 0) ? b : a));
  return [formatRate(best.perSecond.value), below(`${best.connections} conn.`)];
}

function fitNode({ usl }: CapacityCell): Content {
  if (usl === null) return '–';
  const peak =
    usl.peak === null
      ? `no peak up to ${usl.widest} conn.`
      : `at most ${formatRate(usl.peak.perSecond)}/s, with ${Math.round(usl.peak.connections)} conn.`;
  const share = usl.rSquared === null ? '' : `, R² ${usl.rSquared.toFixed(2)}`;
  return [`σ ${usl.sigma.toFixed(3)}, κ ${usl.kappa.toFixed(5)}${share}`, below(peak)];
}
