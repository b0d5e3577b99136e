import { formatMs, formatRatioInterval, formatRatioOf } from '../../format.ts';
import { formatFigure, memoryMeasures } from '../../measures.ts';
import type { PlotSample, SentinelPoint } from '../page-data.ts';
import { memoryBars } from './bars.ts';
import { type Content, element, type Section, table } from './dom.ts';
import { type FigureDataset, type FigureTable, figure } from './figure.ts';
import { type Page, type State, shown } from './state.ts';
import { functionColour } from './theme.ts';

/** Sentinel and contamination over time, and every sample in the order in which it was taken. */
export function renderMachine(data: Page, state: State): Section {
  const { cells, sentinels } = data.summary;
  if (cells.length === 0 && sentinels.length === 0) return null;
  return [sentinelTable(data, state), ...sentinelCharts(data, state), ...sampleCharts(data, state)];
}

function sentinelTable(data: Page, state: State): Content {
  const rows = data.summary.sentinels.filter((it) => shown(state, it));
  if (rows.length === 0)
    return element('p', { class: 'note' }, 'No sentinel was measured, so drift of the machine cannot be told.');
  return table(
    'Sentinel: a warm request before and after each block',
    ['Machine of', 'Before, median ms', 'After, median ms', 'After ÷ before', '95 % interval', 'Correct'],
    rows.map((it) => [
      it.platform,
      formatMs(it.medianBeforeNs),
      formatMs(it.medianAfterNs),
      formatRatioOf(it.afterToBefore),
      formatRatioInterval(it.afterToBefore),
      `${it.correct}/${it.n}`,
    ]),
    [1, 2, 3, 4, 5],
  );
}

function sentinelCharts(data: Page, state: State): readonly Content[] {
  return state.platform.flatMap((platform) => {
    const points = data.sentinel.filter((it) => it.platform === platform);
    return points.length === 0 ? [] : [sentinelChart(platform, points)];
  });
}

function sentinelChart(platform: string, points: readonly SentinelPoint[]): HTMLElement {
  return figure({
    title: `${platform}: warm sentinel and contamination over the run`,
    label: `Points over time: latency of the warm sentinel and number of leaked network files on ${platform}.`,
    heightPx: 260,
    config: {
      type: 'scatter',
      data: { datasets: sentinelDatasets(points) },
      options: {
        scales: {
          x: { title: { text: 'seconds since the run began' }, min: 0 },
          y: { beginAtZero: true, title: { text: 'ms' } },
          files: {
            position: 'right',
            beginAtZero: true,
            suggestedMax: 5,
            grid: { display: false },
            ticks: { precision: 0 },
            title: { text: 'files' },
          },
        },
      },
    },
    data: sentinelReadings(points),
  });
}

function sentinelReadings(points: readonly SentinelPoint[]): FigureTable {
  return {
    head: ['Second', 'Block', 'Position', 'Latency, ms', 'Correct', 'CNI files', 'iptables rules'],
    rows: points.map((it) => [
      it.atS.toFixed(1),
      String(it.block),
      it.position,
      formatMs(it.latencyNs),
      it.correct ? 'yes' : 'no',
      it.cniFiles === null ? '–' : String(it.cniFiles),
      it.iptablesRules === null ? '–' : String(it.iptablesRules),
    ]),
    numeric: [0, 1, 3, 5, 6],
  };
}

function sentinelDatasets(points: readonly SentinelPoint[]): FigureDataset[] {
  const series = (pick: (it: SentinelPoint) => number | null): { x: number; y: number }[] =>
    points.flatMap((it) => {
      const y = pick(it);
      return y === null ? [] : [{ x: it.atS, y }];
    });
  return [
    {
      label: 'sentinel latency, ms',
      data: series((it) => (it.latencyNs === null ? null : it.latencyNs / 1e6)),
      backgroundColor: functionColour(1),
      yAxisID: 'y',
    },
    {
      label: 'network state left behind, files',
      data: series((it) => it.cniFiles),
      backgroundColor: functionColour(0),
      pointStyle: 'triangle',
      clip: 6,
      yAxisID: 'files',
    },
  ];
}

/** A sample with a right answer. */
type AnsweredSample = PlotSample & { readonly totalNs: number };

function isAnswered(it: PlotSample): it is AnsweredSample {
  return it.totalNs !== null;
}

function sampleCharts(data: Page, state: State): readonly Content[] {
  return state.platform.flatMap((platform) => {
    const samples = data.samples.filter(isAnswered).filter((it) => it.platform === platform && shown(state, it));
    return samples.length === 0 ? [] : [sampleChart(data, state, platform, samples)];
  });
}

/** Colour is the function, shape the level. */
function sampleChart(data: Page, state: State, platform: string, samples: readonly AnsweredSample[]): HTMLElement {
  const shapes = ['circle', 'rectRot', 'triangle', 'crossRot'] as const;
  const datasets = state.level.flatMap((level) =>
    state.function.map((name): FigureDataset => {
      const colour = functionColour(data.choices.function.indexOf(name));
      const own = samples.filter((it) => it.level === level && it.function === name);
      return {
        label: data.choices.level.length > 1 ? `${name} · ${level}` : name,
        data: own.map((it) => ({ x: it.atS, y: it.totalNs / 1e6 })),
        backgroundColor: ({ dataIndex }: { readonly dataIndex: number }) =>
          own[dataIndex]?.timed === false ? 'transparent' : colour,
        borderColor: colour,
        pointStyle: shapes[data.choices.level.indexOf(level) % shapes.length] ?? 'circle',
        pointRadius: 3,
      };
    }),
  );
  return figure({
    title: `${platform}: every sample in the order in which it was taken, ms`,
    note: 'A slope or a step means that the machine changed. Hollow: does not count (not cold or invalid).',
    label: `Points over time: every sample with a correct answer on ${platform}.`,
    heightPx: 320,
    config: {
      type: 'scatter',
      data: { datasets },
      options: {
        scales: {
          x: { title: { text: 'seconds since the run began' }, min: 0 },
          y: { beginAtZero: true, title: { text: 'ms' } },
        },
      },
    },
    data: {
      head: ['Second', 'Level', 'Function', 'ms', 'Verdict'],
      rows: samples.map((it) => [it.atS.toFixed(1), it.level, it.function, formatMs(it.totalNs), it.verdict]),
      numeric: [0, 3],
    },
  });
}

/** Memory per function, or nothing where none was recorded. */
export function renderMemory(data: Page, state: State): Section {
  const cells = data.summary.memory.filter((it) => shown(state, it));
  if (cells.every((it) => it.n === 0)) return null;
  const labels = cells.map((it) =>
    data.choices.platform.length > 1 ? `${it.function} · ${it.platform}` : it.function,
  );
  return [
    figure({
      title: 'Memory per function, MiB',
      note: 'Median over blocks, warm and idle, after the last sample. PSS shares pages fairly among processes.',
      label: `Stacked bars: memory of ${labels.join(', ')}.`,
      heightPx: 90 + 30 * cells.length,
      config: memoryBars(labels, cells),
      data: {
        head: ['', ...memoryMeasures.map(({ heading }) => heading), 'n'],
        rows: cells.map((it, i) => [
          labels[i] ?? '',
          ...memoryMeasures.map((measure) => formatFigure(measure, it[measure.key])),
          String(it.n),
        ]),
        numeric: [...memoryMeasures.keys(), memoryMeasures.length].map((i) => i + 1),
      },
    }),
  ];
}
