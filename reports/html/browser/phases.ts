import { type Level, phases, residual } from '../../../harness/runs/phases.ts';
import { formatMs } from '../../format.ts';
import type { Cell } from '../../summary/cell.ts';
import { stackedBars } from './bars.ts';
import { element, type Section } from './dom.ts';
import { type FigurePlugin, figure } from './figure.ts';
import { type Page, type State, shown } from './state.ts';
import { type AnswerOrigin, cssColour, originColour } from './theme.ts';

type Phase = (typeof phases)[number] | typeof residual;

/** One figure per level, one bar per function × platform, phases in the order in which they happen. */
export function renderPhases(data: Page, state: State): Section {
  if (data.summary.cells.length === 0) return null;
  const cells = data.summary.cells.filter((cell) => shown(state, cell) && cell.ok > 0);
  if (cells.length === 0) return [element('p', {}, 'No sample is ok, so there are no phases to show.')];
  const figures = state.level.flatMap((level) => {
    const same = cells.filter((cell) => cell.level === level);
    return same.length === 0 ? [] : [phaseFigure(data, level, same)];
  });
  const meanings = phasesIn(cells).map(({ name, meaning }) => [element('dt', {}, name), element('dd', {}, meaning)]);
  const words = element('details', {}, element('summary', {}, 'What the phases mean'), element('dl', {}, meanings));
  return [...figures, words];
}

/** The phases that occur, in the order in which they happen. */
function phasesIn(cells: readonly Cell[]): readonly Phase[] {
  const seen = phases.filter(({ name }) => cells.some((cell) => cell.phases.some((it) => it.name === name)));
  return [...seen, residual];
}

function phaseFigure(data: Page, level: Level, cells: readonly Cell[]): HTMLElement {
  const shownHere = phasesIn(cells);
  const names = shownHere.map(({ name }) => name);
  const labels = cells.map((cell) => rowLabel(data, cell));
  const datasets = shownHere.map(({ name, colour }) => ({
    label: name,
    data: cells.map((cell) => (phaseMedian(cell, name) ?? 0) / 1e6),
    backgroundColor: colour,
    borderColor: cssColour('paper'),
    borderWidth: { right: 1 },
    barPercentage: 0.82,
    categoryPercentage: 0.9,
  }));
  const ticks = cells.map((cell) => (cell.median.valueNs === null ? null : cell.median.valueNs / 1e6));
  return figure({
    title: `${level} ${data.words.levels[level].name}: median of each phase, ms`,
    note: 'Tick: median of the total; the medians of the phases need not add up to it.',
    label: `Stacked bars: median duration of each phase at level ${level} for ${labels.join(', ')}.`,
    heightPx: 90 + 34 * cells.length,
    config: stackedBars({ labels, datasets, unit: 'ms', valueText: shortText, plugins: [tickAt(ticks)] }),
    data: {
      head: ['', ...names, 'total'],
      rows: cells.map((cell, i) => [
        labels[i] ?? '',
        ...names.map((name) => phaseText(cell, name)),
        formatMs(cell.median.valueNs),
      ]),
      numeric: [...names.keys(), names.length].map((i) => i + 1),
    },
  });
}

function phaseMedian(cell: Cell, name: Phase['name']): number | null {
  if (name === 'residual') return cell.medianResidualNs;
  return cell.phases.find((it) => it.name === name)?.medianNs ?? null;
}

/** A phase that was not observed in every sample says in how many, and how long it took there. */
function phaseText(cell: Cell, name: Phase['name']): string {
  const phase = cell.phases.find((it) => it.name === name);
  if (phase === undefined || phase.observed === cell.ok) return formatMs(phaseMedian(cell, name));
  const there = `${phase.observed}/${cell.ok}, there ${formatMs(phase.medianWhereObservedNs)}`;
  return `${formatMs(phase.medianNs)} (${there})`;
}

/** Within one level: the function, and the platform where there are several. */
function rowLabel(data: Page, cell: Cell): string {
  return data.choices.platform.length > 1 ? `${cell.function} · ${cell.platform}` : cell.function;
}

/** Correct and wrong first answers, wrong ones by whose fault they are. */
export function renderFirstAnswers(data: Page, state: State): Section {
  if (data.summary.cells.length === 0) return null;
  const cells = data.summary.cells.filter((cell) => shown(state, cell) && cell.firstAnswer.n > 0);
  if (cells.length === 0) return [element('p', {}, 'There are no samples yet.')];
  const total = cells.reduce((sum, cell) => sum + cell.firstAnswer.n, 0);
  const wrong = cells.reduce((sum, cell) => sum + cell.firstAnswer.n - cell.firstAnswer.correct, 0);
  if (wrong === 0) return [element('p', {}, `The very first answer was correct in ${total} of ${total} cold starts.`)];
  const origins = [...new Set(cells.flatMap((cell) => cell.firstAnswer.wrongBy.map((it) => it.origin)))];
  const countOf = (cell: Cell, origin: AnswerOrigin): number =>
    origin === 'correct'
      ? cell.firstAnswer.correct
      : (cell.firstAnswer.wrongBy.find((it) => it.origin === origin)?.n ?? 0);
  const kinds: readonly AnswerOrigin[] = ['correct', ...origins];
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
      config: stackedBars({ labels, datasets, unit: 'samples', valueText: shortText }),
      data: {
        head: ['', ...datasets.map((it) => it.label)],
        rows: cells.map((cell, i) => [labels[i] ?? '', ...kinds.map((kind) => String(countOf(cell, kind)))]),
        numeric: [...kinds.keys()].map((i) => i + 1),
      },
    }),
  ];
}

/** Says only what differs: with one platform and one level, the function's name is enough. */
function cellLabel(data: Page, cell: Cell): string {
  const parts: string[] = [cell.function];
  if (data.choices.level.length > 1) parts.push(cell.level);
  if (data.choices.platform.length > 1) parts.push(cell.platform);
  return parts.join(' · ');
}

/** With at most two digits after the point. */
function shortText(value: number): string {
  return String(Number(value.toFixed(2)));
}

/** Marks one value on each bar. */
function tickAt(values: readonly (number | null)[]): FigurePlugin {
  return {
    id: 'tick',
    afterDatasetsDraw: (chart) => {
      const bars = chart.getDatasetMeta(0).data;
      chart.ctx.save();
      chart.ctx.strokeStyle = cssColour('ink');
      chart.ctx.lineWidth = 2;
      for (const [i, value] of values.entries()) {
        const bar = bars[i];
        const x = value === null ? undefined : chart.scales.x?.getPixelForValue(value);
        if (bar === undefined || x === undefined) continue;
        const { height } = bar.getProps(['height']);
        const half = (typeof height === 'number' ? height : 0) / 2 + 3;
        chart.ctx.beginPath();
        chart.ctx.moveTo(x, bar.y - half);
        chart.ctx.lineTo(x, bar.y + half);
        chart.ctx.stroke();
      }
      chart.ctx.restore();
    },
  };
}
