// Horizontal bars whose parts stand beside each other, with a name before each.

import { shortened } from '../../format.ts';
import { type MemoryFigure, memoryMeasures } from '../../measures.ts';
import type { FigureConfig, FigureDataset, FigurePlugin } from './figure.ts';
import { cssColour, functionColour } from './theme.ts';

interface StackedBars {
  /** One for each bar. */
  readonly labels: string[];
  /** One for each part, with a value for each bar. */
  readonly datasets: FigureDataset[];
  readonly unit: string;
  /** How a value reads in the tooltip. */
  readonly valueText: (value: number) => string;
  readonly plugins?: FigurePlugin[];
}

export function stackedBars({ labels, datasets, unit, valueText, plugins = [] }: StackedBars): FigureConfig {
  return {
    type: 'bar',
    data: { labels, datasets },
    plugins,
    options: {
      indexAxis: 'y',
      scales: {
        x: { stacked: true, beginAtZero: true, title: { text: unit } },
        y: { stacked: true, grid: { display: false }, ticks: nameTicks(labels) },
      },
      plugins: {
        tooltip: {
          callbacks: { label: (item) => `${item.dataset.label}: ${valueText(item.parsed.x ?? Number.NaN)} ${unit}` },
        },
      },
    },
  };
}

/** Long names must not push the bars out of the picture; tooltip and table have them whole. */
function nameTicks(labels: readonly string[]): { autoSkip: false; callback: (value: unknown, i: number) => string } {
  return { autoSkip: false, callback: (_, i) => shortened(labels[i] ?? '', innerWidth < 640 ? 18 : 40) };
}

/** What a function and the processes beside it take; null where nobody could read it. */
type MemoryReading = Readonly<Record<MemoryFigure, number | null>>;

const PROCESSES = memoryMeasures.flatMap(({ key, bar }) => (bar === null ? [] : [{ key, ...bar }]));

/** Is there anything of it that a bar could show? */
export function hasBar(it: MemoryReading): boolean {
  return PROCESSES.some(({ key }) => it[key] !== null);
}

/** A bar for each reading, of what the processes take in MiB; what was read nowhere is no part. */
export function memoryBars(labels: string[], readings: readonly MemoryReading[]): FigureConfig {
  const read = PROCESSES.filter(({ key }) => readings.some((it) => it[key] !== null));
  const datasets = read.map(({ key, label, colour }) => ({
    label,
    data: readings.map((it) => (it[key] ?? 0) / 2 ** 20),
    backgroundColor: functionColour(colour),
    borderColor: cssColour('paper'),
    barPercentage: 0.8,
  }));
  return stackedBars({ labels, datasets, unit: 'MiB', valueText: (value) => value.toFixed(2) });
}
