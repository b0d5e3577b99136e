import { formatBytes, formatMsOf, formatRange, formatRate } from '../../format.ts';
import { below, platformTag } from './cells.js';
import { element, table } from './dom.js';
import { figure } from './figure.js';
import { uprights } from './load-time.js';
import { shown } from './state.js';
import { cssColour, functionColour } from './theme.js';

/** What is sustained, the curves that show where it ends, and the ceilings of closed loops. */
export function renderCapacity(data, state) {
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

function capacityTable(data, cells) {
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
            words.sustained,
            below(formatRange(it.sustainedPerSecond.lower, it.sustainedPerSecond.upper, formatRate)),
            below(words.search),
          ],
          words.broken,
          words.reasons.join('; ') || '–',
          ceilingNode(it),
          fitNode(it),
        ];
      }),
      [5, 6, 8],
    ),
  ];
}

function ceilingNode({ ceilings }) {
  if (ceilings.length === 0) return '–';
  const counted = ceilings.filter((it) => it.perSecond.value !== null);
  if (counted.length === 0) return 'not decided';
  const best = counted.reduce((a, b) => ((b.perSecond.value ?? 0) > (a.perSecond.value ?? 0) ? b : a));
  return [formatRate(best.perSecond.value), below(`${best.connections} conn.`)];
}

function fitNode({ usl }) {
  if (!usl) return '–';
  const peak =
    usl.peak === null
      ? `no peak up to ${usl.widest} conn.`
      : `at most ${formatRate(usl.peak.perSecond)}/s, with ${Math.round(usl.peak.connections)} conn.`;
  const share = usl.rSquared === null ? '' : `, R² ${usl.rSquared.toFixed(2)}`;
  return [`σ ${usl.sigma.toFixed(3)}, κ ${usl.kappa.toFixed(5)}${share}`, below(peak)];
}

/** Open loops at several rates of one scenario, platform, path and payload. */
function curvesOf(loads) {
  const open = loads.filter((cell) => cell.arrivals.kind === 'constant');
  const groups = Object.groupBy(open, (it) => JSON.stringify([it.scenario, it.platform, it.path, it.payloadBytes]));
  return Object.values(groups)
    .filter((cells) => new Set(cells.map((cell) => cell.arrivals.ratePerSecond)).size > 1)
    .map((cells) => ({ ...placeOf(cells[0]), scenario: cells[0].scenario, cells }))
    .sort((a, b) => a.scenario.localeCompare(b.scenario) || a.path.localeCompare(b.path));
}

function placeOf({ platform, path, payloadBytes }) {
  return { platform, path, payloadBytes };
}

function placesOf(cells) {
  return Object.values(Object.groupBy(cells, (it) => JSON.stringify(placeOf(it))));
}

function placeText({ platform, path, payloadBytes }) {
  return `${platform}: ${path}${payloadBytes === 0 ? '' : `, ${formatBytes(payloadBytes)}`}`;
}

function curveFigure(data, curve, capacities) {
  const names = data.choices.function.filter((name) => curve.cells.some((it) => it.function === name));
  const knees = capacities.filter(
    (it) => it.platform === curve.platform && it.path === curve.path && it.payloadBytes === curve.payloadBytes,
  );
  const highest = Math.max(...curve.cells.map((it) => it.arrivals.ratePerSecond));
  const all = knees.flatMap((it) => {
    const colour = functionColour(data.choices.function.indexOf(it.function));
    const sustained = it.sustainedPerSecond.value;
    return [
      ...(sustained ? [{ x: sustained, colour }] : []),
      ...(it.brokenPerSecond === null ? [] : [{ x: it.brokenPerSecond, colour, dash: [5, 4] }]),
    ];
  });
  const marks = all.filter(({ x }) => x <= highest);
  const invalid = curve.cells.some((it) => it.invalid.length > 0);
  return figure({
    title: `${placeText(curve)}, scenario ${curve.scenario}: latency at each rate`,
    note: [
      marks.length > 0 ? 'Upright line: sustained; dashed: no longer.' : '',
      invalid ? 'Cross: a gate failed; in a search at the p99 seen, or at the p50 of few requests.' : '',
    ].join(' '),
    label: `Latency over requests per second, ${placeText(curve)}.`,
    heightPx: 320,
    config: {
      type: 'line',
      data: { datasets: names.flatMap((name) => curveDatasets(data, name, curve.cells)) },
      plugins: [uprights(marks)],
      options: {
        parsing: false,
        interaction: { mode: 'nearest', intersect: false },
        scales: {
          x: { type: 'linear', min: 0, title: { text: 'right answers per second' } },
          y: { beginAtZero: true, title: { text: 'ms' } },
        },
        plugins: {
          legend: { labels: { usePointStyle: true, boxWidth: 8, boxHeight: 8 } },
          tooltip: {
            callbacks: {
              title: (items) => `${formatRate(items[0]?.parsed.x)}/s`,
              label: (item) =>
                `${item.dataset.label}: ${item.raw.invalid ? 'a gate failed' : `${item.parsed.y.toFixed(2)} ms`}`,
            },
          },
        },
      },
    },
    data: curveTable(curve.cells),
  });
}

function curveDatasets(data, name, cells) {
  const colour = functionColour(data.choices.function.indexOf(name));
  const same = cells.filter((it) => it.function === name);
  const valid = same
    .filter((it) => it.blocks.length > 0)
    .sort((a, b) => a.throughputPerSecond.value - b.throughputPerSecond.value);
  const line = (quantile, key, borderWidth, fill) => ({
    label: `${name} ${quantile}`,
    data: valid
      .filter((it) => it.latency[key].value !== null)
      .map((it) => ({ x: it.throughputPerSecond.value, y: it.latency[key].value / 1e6 })),
    borderColor: colour,
    backgroundColor: fill,
    borderWidth,
    pointRadius: 4,
    pointBorderWidth: 1.5,
  });
  const crosses = same.flatMap((it) => {
    const tried = it.invalid.map(({ latency, throughputPerSecond: x }) => ({
      x,
      y: (latency.p99Ns ?? latency.p50Ns ?? 0) / 1e6,
    }));
    // What a search tried shows where it ended; what was to be a result and is none has no place of its own.
    if (it.purpose === 'probe') return tried.map((point) => ({ ...point, invalid: true }));
    return it.blocks.length > 0 ? [] : [{ x: it.arrivals.ratePerSecond, y: 0, invalid: true }];
  });
  const invalid = { label: `${name} invalid`, data: crosses, showLine: false, pointStyle: 'crossRot', clip: 8 };
  return [
    line('p99', 'p99Ns', 2.5, colour),
    line('p50', 'p50Ns', 1, cssColour('paper')),
    ...(crosses.length > 0 ? [{ ...invalid, borderColor: colour, pointRadius: 7, borderWidth: 2 }] : []),
  ];
}

function curveTable(cells) {
  return {
    head: ['Function', 'Asked/s', 'Right/s', 'p50, ms', 'p99, ms', 'Valid', 'Limit kept'],
    rows: cells.map((it) => [
      it.function,
      formatRate(it.arrivals.ratePerSecond),
      formatRate(it.throughputPerSecond.value),
      formatMsOf(it.latency.p50Ns),
      formatMsOf(it.latency.p99Ns),
      `${it.trials.length} of ${it.trials.length + it.invalid.length}${reasonsOf(it)}`,
      keptText(it.trials),
    ]),
    numeric: [1, 2, 3, 4],
  };
}

function reasonsOf({ invalid }) {
  const reasons = [...new Set(invalid.flatMap((it) => it.failedGates.map((gate) => gate.measured)))];
  return reasons.length === 0 ? '' : `: ${reasons.join('; ')}`;
}

function keptText(trials) {
  const judged = trials.filter((it) => it.slo !== null);
  if (judged.length === 0) return '–';
  const of = (verdict) => judged.filter((it) => it.slo.verdict === verdict).length;
  const undecided = of('undecided');
  return `${of('kept')} of ${judged.length}${undecided === 0 ? '' : `, ${undecided} not decided`}`;
}

function ceilingFigure(data, cells) {
  const widths = [...new Set(cells.flatMap((it) => it.ceilings.map((point) => point.connections)))].sort(
    (a, b) => a - b,
  );
  return figure({
    title: `${placeText(cells[0])}: right answers per second in closed loops`,
    note: cells.some((it) => it.usl) ? 'Dashed: fit of the universal scalability law.' : null,
    label: `Throughput over connections, ${placeText(cells[0])}.`,
    heightPx: 320,
    config: {
      type: 'line',
      data: { datasets: cells.flatMap((it) => ceilingDatasets(data, it, widths.at(-1))) },
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

function ceilingText(point) {
  if (point === undefined) return '–';
  return point.perSecond.value === null ? 'not decided' : formatRate(point.perSecond.value);
}

function ceilingDatasets(data, cell, most) {
  const colour = functionColour(data.choices.function.indexOf(cell.function));
  const style = { borderColor: colour, backgroundColor: colour };
  const points = cell.ceilings
    .filter((it) => it.perSecond.value !== null)
    .map((it) => ({ x: it.connections, y: it.perSecond.value }));
  const measured = { label: cell.function, data: points, pointRadius: 3, borderWidth: cell.usl ? 0 : 2, ...style };
  if (!cell.usl) return [measured];
  const { lambda, sigma, kappa } = cell.usl;
  const law = (n) => (lambda * n) / (1 + sigma * (n - 1) + kappa * n * (n - 1));
  const fit = Array.from({ length: 60 }, (_, i) => 1 + ((most - 1) * i) / 59).map((n) => ({ x: n, y: law(n) }));
  const line = { label: `${cell.function}, fit`, data: fit, pointStyle: 'line', pointRadius: 0, borderDash: [5, 4] };
  return [measured, { ...line, ...style, borderWidth: 1.5 }];
}
