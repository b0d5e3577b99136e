import { formatBytes, formatFailures, formatMsOf, formatRange, formatShare } from '../../format.ts';
import type { DensityCell } from '../../summary/density.ts';
import { below, platformTag } from './cells.ts';
import { element, type Section, table } from './dom.ts';
import { type FigureDataset, figure } from './figure.ts';
import { type Page, type State, shown } from './state.ts';
import { cssColour, functionColour } from './theme.ts';

/** Asynchronous invocations, or nothing where there were none. */
export function renderQueues(data: Page, state: State): Section {
  if (data.summary.queues.length === 0) return null;
  const cells = data.summary.queues.filter((it) => shown(state, it));
  return [
    element(
      'p',
      { class: 'note' },
      'Times in ms from when each request was due; medians over the measurements that are valid. Lost: accepted, and no callback came. Again: callbacks that came once more.',
    ),
    table(
      'Asynchronous invocations',
      [
        'Function',
        'Platform',
        'Rate/s',
        'Valid',
        'Not accepted',
        'Lost',
        'Again',
        '202, p50',
        'p99',
        'Callback, p50',
        'p99',
        'Callbacks/s',
        'Invalid because of',
      ],
      cells.map((it) => [
        it.function,
        platformTag(data, it.platform),
        String(it.ratePerSecond),
        `${it.valid}/${it.n}`,
        [
          formatFailures(it.refused, it.sent) || '–',
          it.unaccepted === 0 ? null : below(`${it.unaccepted} of them called back`),
        ],
        element('span', { class: it.lost > 0 ? 'bad' : null }, `${it.lost}/${it.accepted}`),
        String(it.repeated),
        formatMsOf(it.acceptP50),
        formatMsOf(it.acceptP99),
        formatMsOf(it.callbackP50),
        formatMsOf(it.callbackP99),
        it.callbacksPerSecond.value === null ? '–' : it.callbacksPerSecond.value.toFixed(1),
        it.failed.join('; ') || '–',
      ]),
      [2, 3, 5, 6, 7, 8, 9, 10, 11],
    ),
  ];
}

/** How many functions fit, or nothing where no machine was filled. */
export function renderDensity(data: Page, state: State): Section {
  if (data.summary.densities.length === 0) return null;
  const cells = data.summary.densities.filter((it) => shown(state, it));
  return [
    element(
      'p',
      { class: 'note' },
      'Forecast from what each of the first functions cost at the margin, and its range from the 95 % interval of that; truth: how many ran and answered when one more did not.',
    ),
    table(
      'Functions on one machine',
      ['Function', 'Platform', 'Machine', 'One costs', 'Forecast', 'made after', 'Truth', 'Off by', 'Ended because'],
      cells.map((it) => [
        it.function,
        platformTag(data, it.platform),
        formatBytes(it.limitBytes),
        [
          formatBytes(it.perFunctionBytes),
          below(formatRange(it.perFunctionLowerBytes, it.perFunctionUpperBytes, formatBytes)),
        ],
        [
          String(it.forecast ?? '–'),
          below(formatRange(it.forecastLower, it.forecastUpper, (fitting) => String(fitting ?? '∞'))),
        ],
        String(it.basedOn ?? '–'),
        it.truth === null ? '–' : `${it.editionLimit === null ? '' : '≥ '}${it.truth}`,
        it.error === null ? '–' : formatShare(it.error),
        it.ended ?? '–',
      ]),
      [2, 3, 4, 5, 6, 7],
    ),
    cells.length === 0 ? null : fillingFigure(cells),
  ];
}

const MIB = 2 ** 20;

function fillingFigure(cells: readonly DensityCell[]): HTMLElement {
  const name = (it: DensityCell): string => `${it.platform} · ${it.function}`;
  const lines = cells.map(
    (it, i): FigureDataset => ({
      label: name(it),
      data: it.steps.map(([deployed, bytes]) => ({ x: deployed, y: bytes / MIB })),
      borderColor: functionColour(i),
      backgroundColor: functionColour(i),
      pointRadius: 2,
    }),
  );
  const most = Math.max(...cells.flatMap((it) => it.steps.map(([deployed]) => deployed)));
  const limits = [...new Set(cells.map((it) => it.limitBytes))].map(
    (bytes): FigureDataset => ({
      label: `the machine: ${formatBytes(bytes)}`,
      data: [
        { x: 0, y: bytes / MIB },
        { x: most, y: bytes / MIB },
      ],
      borderColor: cssColour('bad'),
      borderDash: [4, 4],
      pointRadius: 0,
    }),
  );
  return figure({
    title: 'Memory in use by the number of functions, MiB',
    note: 'Without file pages that the kernel would give back at once.',
    label: `Lines: memory in use on the machine as it fills up with ${cells.map(name).join(', ')}.`,
    heightPx: 320,
    config: {
      type: 'line',
      data: { datasets: [...lines, ...limits] },
      options: {
        scales: {
          x: { type: 'linear', title: { text: 'functions' } },
          y: { beginAtZero: true, title: { text: 'MiB' } },
        },
      },
    },
    data: {
      head: ['Function', 'Platform', 'Deployed', 'Memory in use'],
      rows: cells.flatMap((it) =>
        it.steps.map(([deployed, bytes]) => [it.function, it.platform, String(deployed), formatBytes(bytes)]),
      ),
      numeric: [2, 3],
    },
  });
}
