import type { Chart } from 'chart.js';
import { formatMs, formatRate } from '../../format.ts';
import type { LoadSeries } from '../load-data.ts';
import { loadLabel } from './cells.ts';
import { type Content, element, type Section, table } from './dom.ts';
import { type FigureDataset, type FigurePlugin, type FigureScale, type FigureTable, figure } from './figure.ts';
import { type Page, type State, shown } from './state.ts';
import { cssColour, functionColour } from './theme.ts';

/** One measurement second by second, chosen from a list: latency above, requests below, on one cursor. */
export function renderLoadTime(data: Page, state: State, onTrial: (trial: number) => void): Section {
  if (data.load.series.length === 0) return null;
  const all = data.load.series.filter((it) => shown(state, it));
  const chosen = all.find((it) => it.trial === state.trial) ?? longest(all);
  if (chosen === undefined) return [element('p', {}, 'No measurement passes the filters.')];
  const select: HTMLSelectElement = element(
    'select',
    { id: 'trial', onchange: () => onTrial(Number(select.value)) },
    all.map((it) => element('option', { value: it.trial, selected: it === chosen }, nameOf(data, it))),
  );
  return [
    element('p', { class: 'switch' }, element('label', { for: 'trial' }, 'Measurement '), select),
    chosen.valid
      ? null
      : element('p', { class: 'bad' }, 'This measurement is invalid: it is shown to find out why. Do not quote it.'),
    chart(data, chosen),
    requestTable(chosen),
  ];
}

/** Single requests, to be found again in the logs. */
function requestTable({ requests }: LoadSeries): Content {
  if (requests.length === 0) return null;
  return element(
    'details',
    {},
    element('summary', {}, 'The slowest requests, and the first that failed'),
    table(
      'Requests',
      ['Sent, s', 'Latency, ms', 'Right', 'Status', 'Failure'],
      requests.map((it) => [
        (it.sentNs / 1e9).toFixed(3),
        formatMs(it.latencyNs),
        it.ok ? 'yes' : element('span', { class: 'bad' }, 'no'),
        it.status === 0 ? 'no answer' : String(it.status),
        it.failure ?? '–',
      ]),
      [0, 1],
    ),
  );
}

function longest(all: readonly LoadSeries[]): LoadSeries | undefined {
  const most = Math.max(...all.map((it) => it.points.length));
  return all.find((it) => it.points.length === most);
}

function nameOf(data: Page, it: LoadSeries): string {
  const platform = data.choices.platform.length > 1 ? [it.platform] : [];
  const kind = it.purpose === 'probe' ? ' (search)' : '';
  const parts = [it.scenario, it.function, ...platform, loadLabel(it), `block ${it.block}`];
  return `${it.valid ? '' : '✗ invalid: '}${parts.join(', ')}${kind}`;
}

/** Latency above, requests below, on one axis of time. */
const AXES: Record<string, FigureScale> = {
  x: {
    type: 'linear',
    title: { text: 'seconds since the first request was due' },
    min: 0,
    ticks: { precision: 0 },
  },
  perSecond: {
    stack: 'one',
    stackWeight: 1,
    beginAtZero: true,
    grace: '20%',
    title: { text: 'requests/s' },
    // The topmost would stand on the zero of the pane above.
    ticks: { callback: (value, i, ticks) => (i === ticks.length - 1 ? '' : value) },
  },
  y: { stack: 'one', stackWeight: 2, beginAtZero: true, title: { text: 'ms' } },
};

function chart(data: Page, series: LoadSeries): HTMLElement {
  const wide = series.secondsPerPoint > 1 ? ` One point is ${series.secondsPerPoint} s.` : '';
  const from = series.warmUpSeconds;
  const steady = series.steady ? '' : ' No steady state.';
  const dashed = from === 0 ? '' : 'Dashed line: end of the warm-up, which is no part of the measurement.';
  return figure({
    title: nameOf(data, series),
    note: `${dashed}${steady}${wide}`.trim(),
    label: 'Lines over time: median and p99 of the latency, right and failed requests per second.',
    heightPx: 420,
    config: {
      type: 'line',
      data: { datasets: datasetsOf(series) },
      plugins: [cursor, ...(from === 0 ? [] : [uprights([{ x: from, dash: [5, 4] }])])],
      options: {
        parsing: false,
        interaction: { mode: 'index', intersect: false },
        scales: AXES,
        plugins: {
          legend: { labels: { usePointStyle: true, pointStyleWidth: 28 } },
          tooltip: {
            callbacks: {
              title: (items) => `second ${items[0]?.parsed.x}`,
              label: (item) => `${item.dataset.label}: ${Number(item.parsed.y?.toFixed(2))}`,
            },
          },
        },
      },
    },
    data: secondsTable(series),
  });
}

function secondsTable({ points }: LoadSeries): FigureTable {
  return {
    head: ['Second', 'p50, ms', 'p99, ms', 'right/s', 'failed/s', 'not sent/s'],
    rows: points.map(([second, p50, p99, ...rates]) => [
      String(second),
      formatMs(p50),
      formatMs(p99),
      ...rates.map((rate) => formatRate(rate)),
    ]),
    numeric: [0, 1, 2, 3, 4, 5],
  };
}

/** One line: which number of a point it shows, divided by `per`, and on which axis. */
interface Line {
  readonly label: string;
  readonly column: 1 | 2 | 3 | 4 | 5;
  readonly colour: string;
  readonly axis: 'y' | 'perSecond';
  readonly per: number;
  readonly dash?: number[];
}

function datasetsOf({ points }: LoadSeries): FigureDataset[] {
  const kinds: readonly Line[] = [
    { label: 'p50, ms', column: 1, colour: functionColour(1), axis: 'y', per: 1e6 },
    { label: 'p99, ms', column: 2, colour: functionColour(0), axis: 'y', per: 1e6 },
    { label: 'right/s', column: 3, colour: cssColour('good'), axis: 'perSecond', per: 1 },
    { label: 'failed/s', column: 4, colour: cssColour('bad'), axis: 'perSecond', per: 1, dash: [6, 3] },
    { label: 'not sent/s', column: 5, colour: cssColour('warn'), axis: 'perSecond', per: 1, dash: [2, 3] },
  ];
  const shown = kinds.filter(({ column }) => column < 4 || points.some((point) => (point[column] ?? 0) > 0));
  return shown.map(({ label, column, colour, axis, per, dash }) => ({
    label,
    data: points.map((point) => ({ x: point[0], y: (point[column] ?? Number.NaN) / per })),
    yAxisID: axis,
    borderColor: colour,
    backgroundColor: colour,
    borderDash: dash ?? [],
    borderWidth: 1.5,
    pointRadius: 0,
    pointHitRadius: 8,
    pointStyle: 'line',
  }));
}

/** A line through all panes at the second that is pointed at. */
const cursor: FigurePlugin = {
  id: 'cursor',
  afterDatasetsDraw: (chart) => {
    const [active] = chart.getActiveElements();
    if (active !== undefined) upright(chart, active.element.x, { colour: cssColour('muted'), dash: [] });
  },
};

/** A line from top to bottom; `x` is a value of the horizontal axis. */
export interface Upright {
  readonly x: number;
  readonly colour?: string;
  readonly dash?: number[];
}

/** Lines from top to bottom at values of the horizontal axis. */
export function uprights(marks: readonly Upright[]): FigurePlugin {
  return {
    id: 'uprights',
    afterDatasetsDraw: (chart) => {
      for (const { x, colour = cssColour('ink'), dash = [] } of marks) {
        const at = chart.scales.x?.getPixelForValue(x);
        if (at !== undefined) upright(chart, at, { colour, dash });
      }
    },
  };
}

function upright(
  { ctx, chartArea }: Pick<Chart<'line'>, 'ctx' | 'chartArea'>,
  x: number,
  { colour, dash }: { readonly colour: string; readonly dash: number[] },
): void {
  if (x < chartArea.left - 1 || x > chartArea.right + 1) return;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1;
  ctx.setLineDash(dash);
  ctx.beginPath();
  ctx.moveTo(x, chartArea.top);
  ctx.lineTo(x, chartArea.bottom);
  ctx.stroke();
  ctx.restore();
}
