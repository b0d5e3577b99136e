import { formatBytes, formatFailures, formatInterval, formatMs, formatSpread } from '../../format.ts';
import { footprintMeasures, formatFigure } from '../../measures.ts';
import type { BurstCell } from '../../summary/burst.ts';
import type { Estimate } from '../../summary/estimate.ts';
import type { FootprintCell } from '../../summary/footprint.ts';
import { hasBar, memoryBars } from './bars.ts';
import { below, platformTag } from './cells.ts';
import { type Content, element, type Section, table } from './dom.ts';
import { figure } from './figure.ts';
import { memoryLimitNodes } from './memory-limit.ts';
import { soakNodes } from './soak.ts';
import { type Page, type State, shown } from './state.ts';

/** Memory at each moment of a function's life, what limits did, and during a soak; or nothing where it was not read. */
export function renderFootprint(data: Page, state: State): Section {
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

function costTable(data: Page, cells: readonly FootprintCell[]): Content {
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

function footprintFigure(platform: string, cells: readonly FootprintCell[]): HTMLElement {
  const rows = cells.flatMap((cell) => cell.moments.map((it) => ({ ...it, function: cell.function })));
  const bars = rows.filter(hasBar);
  const labels = bars.map((it) => `${it.function} · ${it.moment}`);
  return figure({
    title: `${platform}: memory per function, MiB`,
    note: 'Median over blocks. PSS shares pages fairly among processes.',
    label: `Stacked bars: memory on ${platform} of ${labels.join(', ')}.`,
    heightPx: 90 + 26 * bars.length,
    config: memoryBars(labels, bars),
    data: {
      head: ['Function', 'Moment', ...footprintMeasures.map(({ heading }) => heading)],
      rows: rows.map((it) => [
        it.function,
        it.moment,
        ...footprintMeasures.map((measure) => formatFigure(measure, it[measure.key])),
      ]),
      numeric: footprintMeasures.map((_, i) => i + 2),
    },
  });
}

/** Bursts, or nothing where there were none. */
export function renderBursts(data: Page, state: State): Section {
  if (data.summary.bursts.length === 0) return null;
  const cells = data.summary.bursts.filter((it) => shown(state, it));
  const time = (estimate: Estimate): Content => [
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

function startsText({ medianStarts, maxStarts }: BurstCell): string {
  if (maxStarts === null) return '–';
  return medianStarts === maxStarts ? String(maxStarts) : `${medianStarts}, at most ${maxStarts}`;
}
