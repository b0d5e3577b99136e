import type { Level } from '../../../harness/runs/schema.ts';
import { formatMs } from '../../format.ts';
import type { Distribution } from '../page-data.ts';
import { element, type Section } from './dom.ts';
import { type FigureDataset, figure } from './figure.ts';
import { type Page, type State, shown } from './state.ts';
import { cssColour, functionColour, functionDash } from './theme.ts';

/** One panel per platform × level, one step line per function, the floor dashed; platforms share a level's time axis. */
export function renderDistribution(data: Page, state: State, onLog: (log: boolean) => void): Section {
  if (data.summary.cells.length === 0) return null;
  const all = data.distributions.filter((it) => shown(state, it));
  if (all.length === 0) return [element('p', {}, 'There are no samples yet.')];
  const panels = state.platform.flatMap((platform) =>
    state.level.flatMap((level) => {
      const lines = all.filter((it) => it.platform === platform && it.level === level);
      return lines.length === 0
        ? []
        : [panel(data, state, { platform, level, lines, range: rangeOf(all.filter((it) => it.level === level)) })];
    }),
  );
  const box: HTMLInputElement = element('input', {
    type: 'checkbox',
    id: 'log',
    onchange: () => onLog(box.checked),
  });
  box.checked = state.log;
  return [
    element(
      'p',
      { class: 'note' },
      'Share of cold starts answered correctly within the time. A line that does not reach 100 % had samples without a correct answer.',
    ),
    element('label', { class: 'switch' }, box, ' logarithmic time axis'),
    element('div', { class: 'panels' }, panels),
  ];
}

/** In milliseconds. */
interface Range {
  readonly min: number;
  readonly max: number;
}

function rangeOf(lines: readonly Distribution[]): Range {
  const values = lines.flatMap((it) => it.steps.map(([ns]) => ns / 1e6));
  return { min: Math.min(...values) * 0.95, max: Math.max(...values) * 1.02 };
}

interface Panel {
  readonly platform: string;
  readonly level: Level;
  readonly lines: readonly Distribution[];
  readonly range: Range;
}

function panel(data: Page, state: State, { platform, level, lines, range }: Panel): HTMLElement {
  const title = `${platform} · ${level} ${data.words.levels[level].name}`;
  const within = ({ steps }: Distribution, target: number): number | null =>
    steps.find(([, share]) => share >= target - 1e-9)?.[0] ?? null;
  const targets = [0.1, 0.25, 0.5, 0.75, 0.9, 1];
  return figure({
    title,
    label: `Empirical distribution of the time to the first correct answer on ${title}.`,
    heightPx: 300,
    config: {
      type: 'line',
      data: { datasets: lines.map((it) => dataset(data, it, range)) },
      options: {
        parsing: false,
        interaction: { mode: 'nearest', intersect: false },
        scales: {
          x: {
            type: state.log ? 'logarithmic' : 'linear',
            ...range,
            title: { text: state.log ? 'ms (logarithmic)' : 'ms' },
            ticks: {
              callback: (value) => String(Number(Number(value).toPrecision(4))),
              maxRotation: 0,
              includeBounds: false,
            },
          },
          y: { min: 0, max: 1, ticks: { callback: (value) => `${Math.round(Number(value) * 100)} %` } },
        },
        plugins: {
          legend: { labels: { usePointStyle: true, pointStyleWidth: 28 } },
          tooltip: {
            callbacks: {
              title: (items) => `${items[0]?.parsed.x?.toFixed(2)} ms`,
              label: (item) => `${item.dataset.label}: ${((item.parsed.y ?? 0) * 100).toFixed(1)} %`,
            },
          },
        },
      },
    },
    data: {
      head: ['Share answered within, ms', ...targets.map((target) => `${target * 100} %`)],
      rows: lines.map((it) => [it.function ?? 'floor', ...targets.map((target) => formatMs(within(it, target)))]),
      numeric: targets.map((_, i) => i + 1),
    },
  });
}

function dataset(data: Page, line: Distribution, range: Range): FigureDataset & { readonly label: string } {
  const index = line.function === null ? -1 : data.choices.function.indexOf(line.function);
  const first = (line.steps[0]?.[0] ?? 0) / 1e6;
  const last = line.steps.at(-1)?.[1] ?? 0;
  const points = line.steps.map(([ns, share]) => ({ x: ns / 1e6, y: share }));
  const isFloor = line.function === null;
  return {
    label: line.function ?? 'floor',
    data: [{ x: first, y: 0 }, ...points, { x: range.max, y: last }],
    stepped: true,
    borderWidth: isFloor ? 1.5 : 2,
    borderColor: isFloor ? cssColour('muted') : functionColour(index),
    backgroundColor: isFloor ? cssColour('muted') : functionColour(index),
    borderDash: isFloor ? [4, 4] : functionDash(index),
    pointRadius: 0,
    pointStyle: 'line',
    clip: 4,
    pointHitRadius: 8,
  };
}
