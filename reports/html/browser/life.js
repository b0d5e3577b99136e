import { formatBytes, formatFailures, formatInterval, formatMs, formatSpread } from '../../format.ts';
import { below, platformTag } from './cells.js';
import { element, table } from './dom.js';
import { figure } from './figure.js';
import { memoryLimitNodes } from './memory-limit.js';
import { nameTicks } from './phases.js';
import { soakNodes } from './soak.js';
import { shown } from './state.js';
import { cssColour, functionColour } from './theme.js';

/** Memory at each moment of a function's life, what limits did, and during a soak; or nothing where it was not read. */
export function renderFootprint(data, state) {
  const { footprints, soaks } = data.summary;
  if (footprints.length === 0 && soaks.length === 0) return null;
  const cells = footprints.filter((it) => shown(state, it));
  return [
    cells.length > 0 ? costTable(data, cells) : null,
    ...state.platform.flatMap((platform) => {
      const same = cells.filter((it) => it.platform === platform);
      return same.length === 0 ? [] : [footprintFigure(platform, same)];
    }),
    ...memoryLimitNodes(data, state),
    ...soakNodes(data, state),
  ];
}

function costTable(data, cells) {
  const rows = cells.map((it) => [
    it.function,
    platformTag(data, it.platform),
    formatBytes(it.oneMoreBytes.value),
    formatSpread(it.oneMoreBytes, formatBytes),
    String(it.blocks),
  ]);
  return [
    element(
      'p',
      { class: 'note' },
      'One more function: how much less memory the machine has available with the function deployed and idle than before. It includes what no process is charged for.',
    ),
    table('One more function', ['Function', 'Platform', 'Costs the machine', '95 % of it', 'Blocks'], rows, [2, 3, 4]),
  ];
}

const KINDS = [
  ['functionPssBytes', 'function, PSS', 1],
  ['shimPssBytes', 'containerd shim, PSS', 0],
  ['collectorPssBytes', 'log collector, PSS', 3],
];

function footprintFigure(platform, cells) {
  const rows = cells.flatMap((cell) => cell.moments.map((it) => ({ ...it, function: cell.function })));
  const bars = rows.filter((it) => KINDS.some(([key]) => it[key] !== null));
  const labels = bars.map((it) => `${it.function} · ${it.moment}`);
  const kinds = KINDS.filter(([key]) => bars.some((it) => it[key] !== null));
  return figure({
    title: `${platform}: memory per function, MiB`,
    note: 'Median over blocks. PSS shares pages fairly among processes.',
    label: `Stacked bars: memory on ${platform} of ${labels.join(', ')}.`,
    heightPx: 90 + 26 * bars.length,
    config: {
      type: 'bar',
      data: {
        labels,
        datasets: kinds.map(([key, label, colour]) => ({
          label,
          data: bars.map((it) => (it[key] ?? 0) / 2 ** 20),
          backgroundColor: functionColour(colour),
          borderColor: cssColour('paper'),
          barPercentage: 0.8,
        })),
      },
      options: {
        indexAxis: 'y',
        scales: {
          x: { stacked: true, title: { text: 'MiB' } },
          y: { stacked: true, grid: { display: false }, ticks: nameTicks(labels) },
        },
        plugins: { tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${item.raw.toFixed(2)} MiB` } } },
      },
    },
    data: {
      head: ['Function', 'Moment', 'cgroup', 'its peak', 'function, PSS', 'shim, PSS', 'collector, PSS', 'available'],
      rows: rows.map((it) => [
        it.function,
        it.moment,
        formatBytes(it.cgroupBytes),
        formatBytes(it.cgroupPeakBytes),
        formatBytes(it.functionPssBytes),
        formatBytes(it.shimPssBytes),
        formatBytes(it.collectorPssBytes),
        formatBytes(it.machineAvailableBytes),
      ]),
      numeric: [2, 3, 4, 5, 6, 7],
    },
  });
}

/** Bursts, or nothing where there were none. */
export function renderBursts(data, state) {
  if (data.summary.bursts.length === 0) return null;
  const cells = data.summary.bursts.filter((it) => shown(state, it));
  const time = (estimate) => [
    estimate.valueNs === null ? element('span', { class: 'bad' }, 'never') : formatMs(estimate.valueNs),
    estimate.lowerNs === null ? null : below(formatInterval(estimate)),
  ];
  return [
    element(
      'p',
      { class: 'note' },
      'Medians over bursts; small numbers: 95 % intervals over blocks, from three on. Starts: tasks started for one burst; more than one is work done twice.',
    ),
    table(
      'Bursts',
      [
        'Function',
        'Platform',
        'Level',
        'At once',
        'Bursts',
        'Starts',
        'First right answer, ms',
        'All right, ms',
        'First answers right',
        'Wrong',
      ],
      cells.map((it) => [
        it.function,
        platformTag(data, it.platform),
        `${it.level} ${data.words.levels[it.level].name}`,
        String(it.concurrency),
        String(it.n),
        startsText(it),
        time(it.firstCorrect),
        time(it.allCorrect),
        element('span', { class: it.correct < it.firstAnswers ? 'bad' : null }, `${it.correct}/${it.firstAnswers}`),
        formatFailures(it.wrong) || '–',
      ]),
      [3, 4, 5, 6, 7, 8],
    ),
  ];
}

function startsText({ medianStarts, maxStarts }) {
  if (maxStarts === null) return '–';
  return medianStarts === maxStarts ? String(maxStarts) : `${medianStarts}, at most ${maxStarts}`;
}
