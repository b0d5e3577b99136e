import { formatRate } from '../../format.ts';
import type { CapacityCell } from '../../summary/capacity.ts';
import { placeText } from './capacity-places.ts';
import type { Content } from './dom.ts';
import { type FigureDataset, figure } from './figure.ts';
import type { Page } from './state.ts';
import { functionColour } from './theme.ts';

export function ceilingFigure(data: Page, cells: readonly CapacityCell[]): Content {
  const [first] = cells;
  if (first === undefined) return null;
  const widths = [...new Set(cells.flatMap((it) => it.ceilings.map((point) => point.connections)))].sort(
    (a, b) => a - b,
  );
  return figure({
    title: `${placeText(first)}: right answers per second in closed loops`,
    note: cells.some((it) => it.usl) ? 'Dashed: fit of the universal scalability law.' : null,
    label: `Throughput over connections, ${placeText(first)}.`,
    heightPx: 320,
    config: {
      type: 'line',
      data: { datasets: cells.flatMap((it) => ceilingDatasets(data, it, widths.at(-1) ?? 1)) },
      options: {
        parsing: false,
        interaction: { mode: 'nearest', intersect: false },
        scales: {
          x: { type: 'linear', min: 0, title: { text: 'connections' }, ticks: { precision: 0 } },
          y: { beginAtZero: true, title: { text: 'right answers per second' } },
        },
        plugins: { legend: { labels: { usePointStyle: true, boxWidth: 8, boxHeight: 8 } } },
      },
    },
    data: {
      head: ['Function', ...widths.map((it) => `${it} conn.`)],
      rows: cells.map((it) => [
        it.function,
        ...widths.map((width) => ceilingText(it.ceilings.find((point) => point.connections === width))),
      ]),
      numeric: widths.map((_, i) => i + 1),
    },
  });
}

function ceilingText(point: CapacityCell['ceilings'][number] | undefined): string {
  if (point === undefined) return '–';
  return point.perSecond.value === null ? 'not decided' : formatRate(point.perSecond.value);
}

function ceilingDatasets(data: Page, cell: CapacityCell, most: number): FigureDataset[] {
  const colour = functionColour(data.choices.function.indexOf(cell.function));
  const style = { borderColor: colour, backgroundColor: colour };
  const points = cell.ceilings.flatMap(({ connections, perSecond: { value } }) =>
    value === null ? [] : [{ x: connections, y: value }],
  );
  const measured: FigureDataset = {
    label: cell.function,
    data: points,
    pointRadius: 3,
    borderWidth: cell.usl ? 0 : 2,
    ...style,
  };
  if (!cell.usl) return [measured];
  const { lambda, sigma, kappa } = cell.usl;
  const law = (n: number): number => (lambda * n) / (1 + sigma * (n - 1) + kappa * n * (n - 1));
  const fit = Array.from({ length: 60 }, (_, i) => 1 + ((most - 1) * i) / 59).map((n) => ({ x: n, y: law(n) }));
  const line = { label: `${cell.function}, fit`, data: fit, pointStyle: 'line', pointRadius: 0, borderDash: [5, 4] };
  return [measured, { ...line, ...style, borderWidth: 1.5 }];
}
