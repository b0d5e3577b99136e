import { formatMs, formatMsOf, formatRate, formatShare, formatSpread } from '../../format.ts';
import { latencyMeasures } from '../../measures.ts';
import type { LoadCell } from '../../summary/load.ts';
import type { Spread } from '../../summary/spread.ts';
import { below, loadLabel, platformTag } from './cells.ts';
import { type Content, element } from './dom.ts';
import type { Column, Sort } from './sortable.ts';
import type { Page } from './state.ts';

export function loadColumns(data: Page, scenario: string): readonly Column<LoadCell>[] {
  const order =
    (key: 'platform' | 'function'): Sort<LoadCell>['value'] =>
    (cell) =>
      data.choices[key].indexOf(cell[key]);
  const sort = (name: string, title: string, value: Sort<LoadCell>['value']): Sort<LoadCell> => ({
    id: `${scenario}-${name}`,
    title,
    value,
  });
  const quantile = ({ key, heading, isRanged }: (typeof latencyMeasures)[number]): Column<LoadCell> => ({
    ...sort(heading, heading, (cell) => (cell.latency[key].never ? Number.POSITIVE_INFINITY : cell.latency[key].value)),
    show: (cell) => spreadNode(cell.latency[key], isRanged),
    numeric: true,
  });
  return [
    {
      heading: true,
      show: (cell) => loadNameNode(data, cell),
      sorts: [
        sort('function', 'Function', order('function')),
        sort('platform', 'platform', order('platform')),
        sort('path', 'path', (cell) => Object.keys(data.words.paths).indexOf(cell.path)),
        sort('load', 'load', loadOf),
        sort('payload', 'payload', (cell) => cell.payloadBytes),
      ],
    },
    { ...sort('valid', 'Valid', (cell) => cell.invalid.length), show: validNode },
    ...latencyMeasures.map(quantile),
    {
      ...sort('service', 'p50 from sent', (cell) => cell.service.p50Ns.value),
      show: (cell) => formatMsOf(cell.service.p50Ns),
      numeric: true,
    },
    {
      ...sort('rate', 'Right/s', (cell) => cell.throughputPerSecond.value),
      show: (cell) => formatRate(cell.throughputPerSecond.value),
      numeric: true,
    },
    { ...sort('sent', 'Sent', (cell) => cell.sent), show: (cell) => dashed(cell, String(cell.sent)), numeric: true },
    { ...sort('failed', 'Failed', (cell) => cell.failed), show: failedRequestsNode, numeric: true },
    { ...sort('drift', 'Drift', driftOf), show: driftNode, numeric: true },
  ];
}

function loadOf({ arrivals }: LoadCell): number {
  if (arrivals.kind === 'ramping') return arrivals.toPerSecond;
  return arrivals.kind === 'constant' ? arrivals.ratePerSecond : arrivals.connections;
}

function loadNameNode(data: Page, cell: LoadCell): Content {
  return [
    cell.function,
    ' ',
    element(
      'span',
      { class: 'under-name', title: data.words.paths[cell.path] },
      platformTag(data, cell.platform),
      ` ${loadLabel(cell)}`,
    ),
  ];
}

/** A badge that says at once whether there is a result. */
function validNode(cell: LoadCell): Content {
  const all = cell.trials.length + cell.invalid.length;
  if (cell.invalid.length === 0) return element('span', { class: 'tag gate passed' }, `✓ ${all} of ${all}`);
  const gates = [...new Set(cell.invalid.flatMap((it) => it.failedGates.map((gate) => gate.id)))];
  const word = cell.trials.length === 0 ? '✗ invalid' : `✗ ${cell.trials.length} of ${all}`;
  return [element('span', { class: 'tag gate failed' }, word), below(gates.join(', ') || 'no reason given')];
}

function spreadNode(spread: Spread, ranged: boolean): Content {
  if (!ranged || spread.value === null) return formatMsOf(spread);
  return [formatMs(spread.value), below(formatSpread(spread, formatMs))];
}

/** The text, or a dash where no measurement counts. */
function dashed(cell: LoadCell, text: string): string {
  return cell.blocks.length === 0 ? '–' : text;
}

function failedRequestsNode(cell: LoadCell): Content {
  if (cell.failed === 0) return dashed(cell, '0');
  return [element('span', { class: 'bad' }, String(cell.failed)), below(formatShare(cell.failed / cell.sent))];
}

/** The largest one either way: the median would hide it. */
function driftOf(cell: LoadCell): number | null {
  const drifts = cell.trials.flatMap(({ steady }) => (steady.drift === null ? [] : [steady.drift]));
  return drifts.length === 0 ? null : drifts.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
}

function driftNode(cell: LoadCell): Content {
  const unsteady = cell.trials.find((it) => it.steady.fromSecond === null);
  if (unsteady === undefined) return formatShare(driftOf(cell));
  const reason = unsteady.steady.reason ?? 'unknown';
  return [element('span', { class: 'bad', title: reason }, formatShare(driftOf(cell))), below('no steady state')];
}
