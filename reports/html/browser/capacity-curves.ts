import { formatMsOf, formatRate } from '../../format.ts';
import type { CapacityCell } from '../../summary/capacity.ts';
import type { LoadCell } from '../../summary/load.ts';
import { type Place, placeOf, placeText } from './capacity-places.ts';
import { type FigureDataset, type FigureTable, figure } from './figure.ts';
import { type Upright, uprights } from './load-time.ts';
import type { Page } from './state.ts';
import { cssColour, functionColour } from './theme.ts';

/** Open loops at several rates of one scenario, platform, path and payload. */
export function curvesOf(loads: readonly LoadCell[]): Curve[] {
  const open = loads.flatMap((cell): OpenCell[] =>
    cell.arrivals.kind === 'constant' ? [{ ...cell, askedPerSecond: cell.arrivals.ratePerSecond }] : [],
  );
  const groups = Map.groupBy(open, (it) => JSON.stringify([it.scenario, it.platform, it.path, it.payloadBytes]));
  return [...groups.values()]
    .flatMap((cells): Curve[] => {
      const [first] = cells;
      const rates = new Set(cells.map((cell) => cell.askedPerSecond));
      return first === undefined || rates.size < 2 ? [] : [{ ...placeOf(first), scenario: first.scenario, cells }];
    })
    .sort((a, b) => a.scenario.localeCompare(b.scenario) || a.path.localeCompare(b.path));
}

interface Curve extends Place {
  readonly scenario: string;
  readonly cells: readonly OpenCell[];
}

/** Requests by the clock. */
interface OpenCell extends LoadCell {
  readonly askedPerSecond: number;
}

export function curveFigure(data: Page, curve: Curve, capacities: readonly CapacityCell[]): HTMLElement {
  const names = data.choices.function.filter((name) => curve.cells.some((it) => it.function === name));
  const marks = marksOf(data, curve, capacities);
  const invalid = curve.cells.some((it) => it.invalid.length > 0);
  const datasets = names.flatMap((name) => curveDatasets(data, name, curve.cells));
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
      data: { datasets },
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
              label: ({ datasetIndex, parsed }) => {
                const of = datasets[datasetIndex];
                return `${of?.label}: ${of?.invalid ? 'a gate failed' : `${parsed.y?.toFixed(2)} ms`}`;
              },
            },
          },
        },
      },
    },
    data: curveTable(curve.cells),
  });
}

/** Where it was sustained and where no longer, as far as the curve reaches. */
function marksOf(data: Page, curve: Curve, capacities: readonly CapacityCell[]): readonly Upright[] {
  const knees = capacities.filter(
    (it) => it.platform === curve.platform && it.path === curve.path && it.payloadBytes === curve.payloadBytes,
  );
  const highest = Math.max(...curve.cells.map((it) => it.askedPerSecond));
  const all = knees.flatMap((it): Upright[] => {
    const colour = functionColour(data.choices.function.indexOf(it.function));
    const sustained = it.sustainedPerSecond.value;
    return [
      ...(sustained ? [{ x: sustained, colour }] : []),
      ...(it.brokenPerSecond === null ? [] : [{ x: it.brokenPerSecond, colour, dash: [5, 4] }]),
    ];
  });
  return all.filter(({ x }) => x <= highest);
}

/** The points of `invalid` ones have failed gates. */
type CurveDataset = FigureDataset & { readonly label: string; readonly invalid?: true };

function curveDatasets(data: Page, name: string, cells: readonly OpenCell[]): CurveDataset[] {
  const colour = functionColour(data.choices.function.indexOf(name));
  const same = cells.filter((it) => it.function === name);
  const valid = same
    .filter((it) => it.blocks.length > 0)
    .sort((a, b) => (a.throughputPerSecond.value ?? 0) - (b.throughputPerSecond.value ?? 0));
  const line = (quantile: string, key: 'p50Ns' | 'p99Ns', borderWidth: number, fill: string): CurveDataset => ({
    label: `${name} ${quantile}`,
    data: valid.flatMap(({ throughputPerSecond: { value: x }, latency }) => {
      const ns = latency[key].value;
      return ns === null || x === null ? [] : [{ x, y: ns / 1e6 }];
    }),
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
    if (it.purpose === 'probe') return tried;
    return it.blocks.length > 0 ? [] : [{ x: it.askedPerSecond, y: 0 }];
  });
  const invalid: CurveDataset = {
    label: `${name} invalid`,
    invalid: true,
    data: crosses,
    showLine: false,
    pointStyle: 'crossRot',
    clip: 8,
    borderColor: colour,
    pointRadius: 7,
    borderWidth: 2,
  };
  return [
    line('p99', 'p99Ns', 2.5, colour),
    line('p50', 'p50Ns', 1, cssColour('paper')),
    ...(crosses.length > 0 ? [invalid] : []),
  ];
}

function curveTable(cells: readonly OpenCell[]): FigureTable {
  return {
    head: ['Function', 'Asked/s', 'Right/s', 'p50, ms', 'p99, ms', 'Valid', 'Limit kept'],
    rows: cells.map((it) => [
      it.function,
      formatRate(it.askedPerSecond),
      formatRate(it.throughputPerSecond.value),
      formatMsOf(it.latency.p50Ns),
      formatMsOf(it.latency.p99Ns),
      `${it.trials.length} of ${it.trials.length + it.invalid.length}${reasonsOf(it)}`,
      keptText(it.trials),
    ]),
    numeric: [1, 2, 3, 4],
  };
}

function reasonsOf({ invalid }: LoadCell): string {
  const reasons = [...new Set(invalid.flatMap((it) => it.failedGates.map((gate) => gate.measured)))];
  return reasons.length === 0 ? '' : `: ${reasons.join('; ')}`;
}

function keptText(trials: LoadCell['trials']): string {
  const judged = trials.flatMap(({ slo }) => slo ?? []);
  if (judged.length === 0) return '–';
  const of = (verdict: (typeof judged)[number]['verdict']): number =>
    judged.filter((slo) => slo.verdict === verdict).length;
  const undecided = of('undecided');
  return `${of('kept')} of ${judged.length}${undecided === 0 ? '' : `, ${undecided} not decided`}`;
}
