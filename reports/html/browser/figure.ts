import type { Chart as ChartClass, ChartConfiguration, ChartDataset, Plugin } from 'chart.js';
import { type Content, element, table } from './dom.ts';
import { cssColour } from './theme.ts';

/** Chart.js itself is the script before this one. */
declare const Chart: typeof ChartClass;

/** The kinds of charts that the page has. */
type Kind = 'line' | 'bar' | 'scatter';
type Values = { readonly x: number; readonly y: number }[] | number[];

/** Chart.js's own words, in which colours of text and grid are left out. */
export type FigureConfig = ChartConfiguration<Kind, Values, string>;
export type FigureDataset = ChartDataset<Kind, Values>;
export type FigurePlugin = Plugin<Kind>;
export type FigureScale = NonNullable<NonNullable<FigureConfig['options']>['scales']>[string];

const charts = new Set<{ destroy(): void }>();

/** Charts draw on canvases of the old page; they must go before their nodes do. */
export function destroyCharts(): void {
  for (const chart of charts) chart.destroy();
  charts.clear();
}

interface Figure {
  readonly title: string;
  readonly note?: string | null;
  /** A sentence for those who do not see the chart. */
  readonly label: string;
  readonly heightPx: number;
  readonly config: FigureConfig;
  /** What the chart shows, as a table. */
  readonly data: FigureTable;
}

export interface FigureTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly Content[])[];
  /** Columns that are numbers. */
  readonly numeric: readonly number[];
}

/** A chart with its heading, a sentence for those who do not see it, the same data as a table, and a PNG button. */
export function figure({ title, note, label, heightPx, config, data }: Figure): HTMLElement {
  const canvas = element('canvas', { role: 'img', 'aria-label': `${label} The table below holds the same data.` });
  const box = element('div', { class: 'canvas' }, canvas);
  box.style.height = `${heightPx}px`;
  let picture = (): string => canvas.toDataURL();
  const save = (): void => {
    element('a', { href: picture(), download: `${title.replace(/[^\w.-]+/g, '-')}.png` }).click();
  };
  // A chart measures its place, so it is drawn when the figure is in the page.
  queueMicrotask(() => {
    const chart = new Chart(canvas, themed(config));
    picture = () => chart.toBase64Image();
    charts.add(chart);
  });
  return element(
    'figure',
    {},
    element('figcaption', {}, element('strong', {}, title), note ? element('span', { class: 'note' }, note) : null),
    box,
    element(
      'div',
      { class: 'under' },
      tableOnDemand(title, data),
      element(
        'button',
        { type: 'button', class: 'quiet', onclick: save, 'aria-label': `Save as PNG: ${title}` },
        'PNG',
      ),
    ),
  );
}

/** Thousands of rows are only built for those who open them. */
function tableOnDemand(title: string, data: FigureTable): HTMLElement {
  const build = (): void => {
    if (details.open && details.children.length === 1) details.append(table(title, data.head, data.rows, data.numeric));
  };
  const details: HTMLDetailsElement = element(
    'details',
    { ontoggle: build },
    element('summary', {}, 'Data as a table'),
  );
  return details;
}

/** Paints the background, so that a saved picture is readable anywhere. */
const background: FigurePlugin = {
  id: 'background',
  beforeDraw: ({ ctx, width, height }) => {
    ctx.save();
    ctx.fillStyle = cssColour('paper');
    ctx.fillRect(0, 0, width, height);
    ctx.restore();
  },
};

/** Fills in the colours of text and grid, and how all charts behave. */
function themed(config: FigureConfig): FigureConfig {
  const ink = cssColour('ink');
  const { scales, plugins, ...options } = config.options ?? {};
  const labels = { color: ink, boxWidth: 12, boxHeight: 12, ...plugins?.legend?.labels };
  return {
    ...config,
    plugins: [background, ...(config.plugins ?? [])],
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      font: { family: 'system-ui, sans-serif' },
      ...options,
      scales: Object.fromEntries(Object.entries(scales ?? {}).map(([name, scale]) => [name, themedScale(scale)])),
      plugins: { ...plugins, legend: { position: 'bottom', labels } },
    },
  };
}

function themedScale(scale: FigureScale): FigureScale {
  const [muted, line] = [cssColour('muted'), cssColour('line')];
  return {
    ...scale,
    grid: { color: line, ...scale?.grid },
    border: { color: line },
    ticks: { color: muted, ...scale?.ticks },
    title: { display: Boolean(scale?.title?.text), color: muted, ...scale?.title },
  };
}
