import { formatBytes } from '../../format.ts';
import type { SoakCell } from '../../summary/soak.ts';
import { below, platformTag } from './cells.ts';
import { type Content, element, table } from './dom.ts';
import { type FigureDataset, figure } from './figure.ts';
import { type Page, type State, shown } from './state.ts';
import { functionColour, functionDash } from './theme.ts';

/** Memory under a load that lasts: its slope, and every reading. */
export function soakNodes(data: Page, state: State): readonly Content[] {
  const cells = data.summary.soaks.filter((it) => shown(state, it));
  if (cells.length === 0) return [];
  return [
    element('h3', {}, 'During the soak'),
    table(
      'Growth of memory during the soak',
      ['Function', 'Platform', 'Growth an hour', 'Readings', 'Blocks'],
      cells.map((it) => [
        it.function,
        platformTag(data, it.platform),
        growthNode(it.growthBytesPerHour),
        String(it.blocks.reduce((sum, block) => sum + block.readings.length, 0)),
        String(it.blocks.length),
      ]),
      [2, 3, 4],
    ),
    ...state.platform.flatMap((platform) => {
      const same = cells.filter((it) => it.platform === platform);
      return same.length === 0 ? [] : [soakFigure(data, platform, same)];
    }),
  ];
}

function growthNode(growth: SoakCell['growthBytesPerHour']): Content {
  if (growth.value === null) return 'too few readings';
  const { lower, upper } = growth;
  const range = growth.kind === null ? null : below(`${signedBytes(lower ?? 0)} … ${signedBytes(upper ?? 0)}`);
  return [signedBytes(growth.value), range];
}

function signedBytes(bytes: number): string {
  return `${bytes < 0 ? '−' : '+'}${formatBytes(Math.round(Math.abs(bytes)))}`;
}

function soakFigure(data: Page, platform: string, cells: readonly SoakCell[]): HTMLElement {
  const datasets = cells.map((cell): FigureDataset => {
    const index = data.choices.function.indexOf(cell.function);
    const colour = functionColour(index);
    // Blocks of one function in one dataset, with gaps between.
    const points = cell.blocks.flatMap((block) => [
      ...block.readings.map(([x, bytes]) => ({ x, y: bytes / 2 ** 20 })),
      { x: Number.NaN, y: Number.NaN },
    ]);
    const style = { borderColor: colour, backgroundColor: colour, borderDash: functionDash(index), borderWidth: 1.5 };
    return { label: cell.function, data: points, pointRadius: 0, pointHitRadius: 8, pointStyle: 'line', ...style };
  });
  return figure({
    title: `${platform}: memory of the function during the soak, MiB`,
    note: 'PSS; one line per block. The interval of the growth knows that memory adds up from one reading to the next.',
    label: `Lines over time: memory of ${cells.map((it) => it.function).join(', ')} on ${platform}.`,
    heightPx: 280,
    config: {
      type: 'line',
      data: { datasets },
      options: {
        parsing: false,
        interaction: { mode: 'nearest', intersect: false },
        scales: {
          x: { type: 'linear', min: 0, title: { text: 'seconds since the first reading' } },
          y: { beginAtZero: true, title: { text: 'MiB' } },
        },
        plugins: { legend: { labels: { usePointStyle: true, pointStyleWidth: 28 } } },
      },
    },
    data: {
      head: ['Function', 'Block', 'Second', 'function, PSS'],
      rows: cells.flatMap((cell) =>
        cell.blocks.flatMap((block) =>
          block.readings.map(([second, bytes]) => [
            cell.function,
            String(block.block),
            second.toFixed(0),
            formatBytes(bytes),
          ]),
        ),
      ),
      numeric: [1, 2, 3],
    },
  });
}
