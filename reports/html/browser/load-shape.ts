import { formatMs } from '../../format.ts';
import type { PercentileLine } from '../load-data.ts';
import { loadLabel } from './cells.ts';
import { type Content, element, type Section } from './dom.ts';
import { type FigureDataset, type FigureScale, figure } from './figure.ts';
import { type Page, type State, shown } from './state.ts';
import { functionColour, functionDash } from './theme.ts';

/** One panel per platform and load, one colour per function, one line per block; the axis stretches the tail. */
export function renderLoadShape(data: Page, state: State): Section {
  if (data.load.percentiles.length === 0) return null;
  const lines = data.load.percentiles.filter((it) => shown(state, it));
  // The platforms of one load stand beside each other.
  const loads = [...Map.groupBy(lines, (it) => `${it.scenario} ${loadLabel(it)}`).values()];
  const panels = loads.flatMap((same) =>
    state.platform.map((platform) => same.filter((it) => it.platform === platform)).filter((it) => it.length > 0),
  );
  return [
    element(
      'p',
      { class: 'note' },
      'One line per block, never several together. The axis is logarithmic in 1 ÷ (1 − p): each step to the right is a rarer request. A line ends where its block has too few requests for the next percentile.',
    ),
    element(
      'div',
      { class: 'panels' },
      panels.map((same) => shapePanel(data, same, lines)),
    ),
  ];
}

const TARGETS = [0.5, 0.9, 0.99, 0.999, 0.9999];

function shapePanel(data: Page, lines: readonly PercentileLine[], all: readonly PercentileLine[]): Content {
  const [first] = lines;
  if (first === undefined) return null;
  const label = `${first.scenario} ${loadLabel(first)}`;
  // Panels that differ only in the platform are compared by eye.
  const same = all.filter((it) => `${it.scenario} ${loadLabel(it)}` === label);
  const names = new Set(lines.map((it) => it.function));
  const top = Math.max(...same.flatMap((it) => it.points.map(([, ns]) => ns / 1e6)));
  const title = `${first.platform}: ${first.scenario}, ${loadLabel(first)}`;
  const datasets = data.choices.function.filter((it) => names.has(it)).map((name) => shapeDataset(data, name, lines));
  return figure({
    title,
    label: `Latency by percentile, ${title}.`,
    heightPx: 300,
    config: {
      type: 'line',
      data: { datasets },
      options: {
        parsing: false,
        interaction: { mode: 'nearest', intersect: false },
        scales: {
          x: percentileAxis(Math.max(...same.flatMap((it) => it.points.map(([x]) => x)))),
          y: { min: 0, suggestedMax: top * 1.02, title: { text: 'ms' } },
        },
        plugins: {
          legend: { labels: { usePointStyle: true, pointStyleWidth: 28 } },
          tooltip: {
            callbacks: {
              title: (items) => percentileWord(items[0]?.parsed.x ?? 1),
              label: ({ datasetIndex, dataIndex }) => {
                const of = datasets[datasetIndex];
                const point = of?.data[dataIndex];
                return `${of?.label}, block ${point?.block}: ${point?.y.toFixed(2)} ms`;
              },
            },
          },
        },
      },
    },
    data: {
      head: ['Function', 'Block', ...TARGETS.map((p) => `${Number((p * 100).toFixed(2))} %`)],
      rows: lines.map((it) => [it.function, String(it.block), ...TARGETS.map((p) => formatMs(at(it.points, p)))]),
      numeric: [1, ...TARGETS.map((_, i) => i + 2)],
    },
  });
}

type ShapeDataset = FigureDataset & { readonly label: string; readonly data: readonly ShapePoint[] };

interface ShapePoint {
  readonly x: number;
  readonly y: number;
  readonly block: number;
}

/** The blocks of one function in one dataset, with gaps between: one entry in the legend shows or hides them all. */
function shapeDataset(data: Page, name: string, lines: readonly PercentileLine[]): ShapeDataset {
  const index = data.choices.function.indexOf(name);
  const points = lines
    .filter((it) => it.function === name)
    .flatMap((it) => [
      ...it.points.map(([x, ns]) => ({ x, y: ns / 1e6, block: it.block })),
      { x: Number.NaN, y: Number.NaN, block: it.block },
    ]);
  return {
    label: name,
    data: points,
    borderColor: functionColour(index),
    backgroundColor: functionColour(index),
    borderDash: functionDash(index),
    borderWidth: 1.5,
    pointRadius: 0,
    pointStyle: 'line',
    pointHitRadius: 8,
  };
}

function percentileAxis(max: number): FigureScale {
  const marks = [1, 2, 4, 10, 100, 1000, 10_000, 100_000].filter((it) => it <= max);
  return {
    type: 'logarithmic',
    min: 1,
    max: Math.max(2, max),
    afterBuildTicks: (axis) => {
      axis.ticks = marks.map((value) => ({ value }));
    },
    ticks: { callback: (value) => percentileWord(Number(value)), autoSkip: false, maxRotation: 0 },
    title: { text: 'percentile' },
  };
}

function percentileWord(inverse: number): string {
  const digits = Math.max(0, Math.ceil(Math.log10(inverse)) - 1);
  return `p${Number(((1 - 1 / inverse) * 100).toFixed(digits))}`;
}

/** The point at or just above a percentile; null beyond the end of the line. */
function at(points: PercentileLine['points'], p: number): number | null {
  return points.find(([x]) => x >= (1 / (1 - p)) * (1 - 1e-4))?.[1] ?? null;
}
