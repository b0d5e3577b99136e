import { formatMs, formatRange, formatRatio } from '../../format.js';
import { element, table } from './dom.js';
import { figure } from './figure.js';
import { shown } from './state.js';
import { cssColour, originColour, phaseColour } from './theme.js';

/** One bar per function × level × platform, phases in the order in which they happen. */
export function renderPhases(data, state) {
  const cells = data.summary.cells.filter((cell) => shown(state, cell) && cell.ok > 0);
  if (cells.length === 0) return [element('p', {}, 'No sample is ok, so there are no phases to show.')];
  const names = [
    ...data.phaseNames.filter((name) => cells.some((cell) => cell.phases.some((it) => it.name === name))),
    'residual',
  ];
  const medianOf = (cell, name) =>
    name === 'residual' ? cell.medianResidualNs : (cell.phases.find((it) => it.name === name)?.medianNs ?? null);
  const labels = cells.map((cell) => cellLabel(data, cell));
  const datasets = names.map((name) => ({
    label: name,
    data: cells.map((cell) => (medianOf(cell, name) ?? 0) / 1e6),
    backgroundColor: phaseColour(name),
    borderColor: cssColour('paper'),
    borderWidth: { right: 1 },
    barPercentage: 0.82,
    categoryPercentage: 0.9,
  }));
  const observed = (cell, name) => {
    const phase = cell.phases.find((it) => it.name === name);
    if (name === 'residual') return formatMs(cell.medianResidualNs);
    if (phase === undefined) return '–';
    const where =
      phase.observed < cell.ok ? ` (${phase.observed}/${cell.ok}, there ${formatMs(phase.medianWhereObservedNs)})` : '';
    return `${formatMs(phase.medianNs)}${where}`;
  };
  return [
    figure({
      title: 'Median of each phase, ms',
      note: 'Tick: median of the total; the medians of the phases need not add up to it.',
      label: `Stacked bars: median duration of each phase for ${labels.join(', ')}.`,
      heightPx: 90 + 34 * cells.length,
      config: stackedBars(labels, datasets, 'ms', [tickAt(cells.map((cell) => (cell.median.valueNs ?? 0) / 1e6))]),
      data: {
        head: ['', ...names, 'total'],
        rows: cells.map((cell, i) => [
          labels[i],
          ...names.map((name) => observed(cell, name)),
          formatMs(cell.median.valueNs),
        ]),
        numeric: [...names.keys(), names.length].map((i) => i + 1),
      },
    }),
    element(
      'details',
      {},
      element('summary', {}, 'What the phases mean'),
      element(
        'dl',
        {},
        names.map((name) => [element('dt', {}, name), element('dd', {}, data.words.phases[name])]),
      ),
    ),
  ];
}

/** Correct and wrong first answers, wrong ones by whose fault they are. */
export function renderFirstAnswers(data, state) {
  const cells = data.summary.cells.filter((cell) => shown(state, cell) && cell.firstAnswer.n > 0);
  if (cells.length === 0) return [element('p', {}, 'There are no samples yet.')];
  const total = cells.reduce((sum, cell) => sum + cell.firstAnswer.n, 0);
  const wrong = cells.reduce((sum, cell) => sum + cell.firstAnswer.n - cell.firstAnswer.correct, 0);
  if (wrong === 0)
    return [element('p', {}, `The very first answer was correct in all ${total} of ${total} cold starts.`)];
  const origins = [...new Set(cells.flatMap((cell) => cell.firstAnswer.wrongBy.map((it) => it.origin)))];
  const countOf = (cell, origin) =>
    origin === 'correct'
      ? cell.firstAnswer.correct
      : (cell.firstAnswer.wrongBy.find((it) => it.origin === origin)?.n ?? 0);
  const kinds = ['correct', ...origins];
  const labels = cells.map((cell) => cellLabel(data, cell));
  const datasets = kinds.map((kind) => ({
    label: kind === 'correct' ? 'correct' : `wrong, by ${kind}`,
    data: cells.map((cell) => countOf(cell, kind)),
    backgroundColor: originColour(kind),
    barPercentage: 0.82,
  }));
  return [
    element(
      'p',
      {},
      `In ${wrong} of ${total} cold starts the very first answer was wrong. Times above are to the first correct one.`,
    ),
    figure({
      title: 'First answers by origin, samples',
      label: `Stacked bars: first answers, correct or wrong by origin, for ${labels.join(', ')}.`,
      heightPx: 90 + 28 * cells.length,
      config: stackedBars(labels, datasets, 'samples', []),
      data: {
        head: ['', ...datasets.map((it) => it.label)],
        rows: cells.map((cell, i) => [labels[i], ...kinds.map((kind) => String(countOf(cell, kind)))]),
        numeric: [...kinds.keys()].map((i) => i + 1),
      },
    }),
  ];
}

/** Ratios between platforms, or nothing with one platform. */
export function renderComparison(data, state) {
  const rows = data.summary.comparisons.filter(
    (it) =>
      state.level.includes(it.level) && state.function.includes(it.function) && state.platform.includes(it.platform),
  );
  if (data.summary.manifest.platforms.length < 2) return null;
  const text = (it) => (it.estimate === null ? 'not comparable' : formatRatio(it.estimate.ratio));
  return [
    element(
      'p',
      { class: 'note' },
      'Time to the first correct answer divided by that of the baseline platform, same level and function.',
    ),
    table(
      'Platforms compared',
      ['Function', 'Level', 'Platform', 'Baseline', 'Ratio', '95 % interval', 'Verdict', 'Method'],
      rows.map((it) => [
        it.function,
        it.level,
        it.platform,
        it.baseline,
        text(it),
        formatRange(it.estimate?.lower ?? null, it.estimate?.upper ?? null, formatRatio),
        element('span', { class: `tag ${it.verdict}` }, it.verdict),
        it.estimate?.method === 'paired-blocks' ? 'paired blocks' : 'pooled samples',
      ]),
      [4, 5],
    ),
  ];
}

/** Says only what differs: with one platform and one level, the function's name is enough. */
export function cellLabel(data, cell) {
  const parts = [cell.function];
  if (data.choices.level.length > 1) parts.push(cell.level);
  if (data.choices.platform.length > 1) parts.push(cell.platform);
  return parts.join(' · ');
}

function stackedBars(labels, datasets, unit, plugins) {
  return {
    type: 'bar',
    data: { labels, datasets },
    plugins,
    options: {
      indexAxis: 'y',
      scales: {
        x: { stacked: true, beginAtZero: true, title: { text: unit } },
        y: { stacked: true, grid: { display: false }, ticks: { autoSkip: false } },
      },
      plugins: {
        tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${Number(item.raw.toFixed(2))} ${unit}` } },
      },
    },
  };
}

/** Marks one value on each bar. */
function tickAt(values) {
  return {
    id: 'tick',
    afterDatasetsDraw: (chart) => {
      const bars = chart.getDatasetMeta(0).data;
      chart.ctx.save();
      chart.ctx.strokeStyle = cssColour('ink');
      chart.ctx.lineWidth = 2;
      for (const [i, value] of values.entries()) {
        const x = chart.scales.x.getPixelForValue(value);
        const half = (bars[i]?.height ?? 0) / 2 + 3;
        chart.ctx.beginPath();
        chart.ctx.moveTo(x, bars[i].y - half);
        chart.ctx.lineTo(x, bars[i].y + half);
        chart.ctx.stroke();
      }
      chart.ctx.restore();
    },
  };
}
