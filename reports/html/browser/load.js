import {
  formatArrivals,
  formatBytes,
  formatDescriptors,
  formatFailure,
  formatMicroseconds,
  formatMs,
  formatMsOf,
  formatRate,
  formatShare,
  formatSpread,
} from '../../format.ts';
import { below, platformTag } from './cells.js';
import { CONCLUSION_HEAD, CONCLUSION_NUMBERS, conclusionNodes, conclusionNotes } from './comparison.js';
import { element, table } from './dom.js';
import { sortableTable } from './sortable.js';
import { shown } from './state.js';

/** One table per scenario, then what is no result and why; nothing in a run without load. */
export function renderLoad(data, state, onSort) {
  const all = data.summary.loads.filter((cell) => cell.purpose === 'measure');
  if (all.length === 0) return null;
  const scenarios = [...new Set(all.map((cell) => cell.scenario))];
  return [
    element('p', { class: 'note' }, tableWords(all)),
    ...scenarios.flatMap((scenario) => scenarioNodes(data, state, scenario, onSort)),
    invalidList(all.filter((cell) => shown(state, cell))),
    cpuTable(
      data,
      data.summary.loads.filter((cell) => shown(state, cell)),
    ),
    failureTable(
      data,
      data.summary.loads.filter((cell) => shown(state, cell)),
    ),
  ];
}

const CPU_PARTS = ['gateway', 'proxy', 'provider', 'function', 'rest', 'total', 'whole'];

/** What a request costs the machine under test, steps of searches included, and descriptors that were open. */
function cpuTable(data, cells) {
  const known = cells.filter((cell) => cell.cpuPerRequest !== null);
  if (known.length === 0) return null;
  return [
    element('h3', {}, 'Processor time of the target per request, µs'),
    element(
      'p',
      { class: 'note' },
      'All that the machine under test took, idling included, by the number of requests. Proxy: what the platform puts before its gateway. Rest: core services, shims, log collectors, containerd. Whole: all that it was busy with but for generator and agent, which the parts should add up to.',
    ),
    table(
      'Processor time per request',
      [
        'Measurement',
        'Platform',
        'Load',
        'Gateway',
        'Proxy',
        'Provider',
        'Function',
        'Rest',
        'Total',
        'Whole',
        'Descriptors',
      ],
      known.map((cell) => [
        `${cell.scenario} ${cell.function}${cell.purpose === 'probe' ? ' (search)' : ''}`,
        platformTag(data, cell.platform),
        loadLabel(cell),
        ...CPU_PARTS.map((part) => formatMicroseconds(cell.cpuPerRequest[part])),
        element(
          'span',
          { class: cell.descriptors.some((it) => it.ranOut) ? 'bad' : null },
          cell.descriptors.map(formatDescriptors).join('; ') || '–',
        ),
      ]),
      [3, 4, 5, 6, 7, 8, 9],
    ),
  ];
}

/** What requests that failed said, steps of searches included; nothing where none failed. */
function failureTable(data, cells) {
  const rows = cells.flatMap((cell) => cell.failures.kinds.map((it) => ({ cell, ...it })));
  if (rows.length === 0) return null;
  return [
    element('h3', {}, 'What failed requests said'),
    table(
      'Failed requests',
      ['Measurement', 'Platform', 'Load', 'Failure', 'Requests', 'Of all'],
      rows.map(({ cell, n, ...it }) => [
        `${cell.scenario} ${cell.function}${cell.purpose === 'probe' ? ' (search)' : ''}`,
        platformTag(data, cell.platform),
        loadLabel(cell),
        formatFailure(it),
        String(n),
        formatShare(n / cell.failures.of),
      ]),
      [4, 5],
    ),
  ];
}

function scenarioNodes(data, state, scenario, onSort) {
  const cells = data.summary.loads.filter(
    (cell) => cell.scenario === scenario && cell.purpose === 'measure' && shown(state, cell),
  );
  if (cells.length === 0) return [];
  const kinds = [...new Set(cells.map((cell) => cell.latencyOf))];
  const from = { intended: 'from when a request was due', service: 'from when it was sent' };
  const words = kinds.map((kind) => from[kind]).join(' or ');
  return [
    element('h3', {}, `Scenario ${scenario}: ms ${words}`),
    sortableTable({
      id: `load-${scenario}`,
      caption: `Latency in the scenario ${scenario}`,
      columns: loadColumns(data, scenario),
      rows: cells,
      state,
      onSort,
    }),
  ];
}

function loadColumns(data, scenario) {
  const id = (name) => `${scenario}-${name}`;
  const order = (key) => (cell) => data.choices[key].indexOf(cell[key]);
  const sort = (name, title, value) => ({ id: id(name), title, value });
  const quantile = (key, title, ranged) => ({
    ...sort(title, title, (cell) => (cell.latency[key].never ? Number.POSITIVE_INFINITY : cell.latency[key].value)),
    show: (cell) => spreadNode(cell.latency[key], ranged),
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
    quantile('p50Ns', 'p50', true),
    quantile('p90Ns', 'p90', false),
    quantile('p99Ns', 'p99', true),
    quantile('p999Ns', 'p99.9', false),
    quantile('maxNs', 'Max', false),
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

function loadOf({ arrivals }) {
  if (arrivals.kind === 'ramping') return arrivals.toPerSecond;
  return arrivals.kind === 'constant' ? arrivals.ratePerSecond : arrivals.connections;
}

/** What distinguishes this row from those of the same function. */
export function loadLabel({ path, arrivals, payloadBytes }) {
  const payload = payloadBytes === 0 ? [] : [formatBytes(payloadBytes)];
  return [path, formatArrivals(arrivals), ...payload].join(' · ');
}

function loadNameNode(data, cell) {
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
function validNode(cell) {
  const all = cell.trials.length + cell.invalid.length;
  if (cell.invalid.length === 0) return element('span', { class: 'tag gate passed' }, `✓ ${all} of ${all}`);
  const gates = [...new Set(cell.invalid.flatMap((it) => it.failedGates.map((gate) => gate.id)))];
  const word = cell.trials.length === 0 ? '✗ invalid' : `✗ ${cell.trials.length} of ${all}`;
  return [element('span', { class: 'tag gate failed' }, word), below(gates.join(', ') || 'no reason given')];
}

function spreadNode(spread, ranged) {
  if (!ranged || spread.value === null) return formatMsOf(spread);
  return [formatMs(spread.value), below(formatSpread(spread, formatMs))];
}

function dashed(cell, text) {
  return cell.blocks.length === 0 ? '–' : text;
}

function failedRequestsNode(cell) {
  if (cell.failed === 0) return dashed(cell, '0');
  return [element('span', { class: 'bad' }, String(cell.failed)), below(formatShare(cell.failed / cell.sent))];
}

/** The largest one either way: the median would hide it. */
function driftOf(cell) {
  const drifts = cell.trials.flatMap(({ steady }) => (steady.drift === null ? [] : [steady.drift]));
  return drifts.length === 0 ? null : drifts.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
}

function driftNode(cell) {
  const unsteady = cell.trials.filter((it) => it.steady.fromSecond === null);
  if (unsteady.length === 0) return formatShare(driftOf(cell));
  const reason = unsteady[0].steady.reason ?? 'unknown';
  return [element('span', { class: 'bad', title: reason }, formatShare(driftOf(cell))), below('no steady state')];
}

function tableWords(cells) {
  const parts = [
    'Median over blocks. Small numbers: 95 % intervals over blocks, from three on; “of 2”: the two that there are; “one block”: how much others differ is unknown.',
  ];
  const withheld = cells.some(
    (cell) => cell.blocks.length > 0 && cell.latency.p999Ns.value === null && !cell.latency.p999Ns.never,
  );
  if (withheld) parts.push('p99 is withheld where a block has fewer than 368 requests, p99.9 below 3688.');
  parts.push(
    'Failed requests count as infinitely late. Drift: last third of the seconds’ medians beside the first third, warm-up not among them.',
  );
  return parts.join(' ');
}

function invalidList(cells) {
  const items = cells.flatMap((cell) =>
    cell.invalid.map((it) =>
      element(
        'li',
        {},
        `${cell.platform}, ${cell.scenario}, ${cell.function}, ${loadLabel(cell)}, block ${it.block}, measurement ${it.trial}: `,
        it.failedGates.map((gate) => `${gate.id}: ${gate.measured}. ${gate.hint}`).join(' ') || 'no reason given',
      ),
    ),
  );
  if (items.length === 0) return null;
  return element(
    'details',
    { open: true, class: 'invalid' },
    element('summary', {}, `${items.length} of the measurements ${items.length === 1 ? 'is' : 'are'} no result`),
    element('ul', {}, items),
  );
}

/** Ratios between platforms and between functions, or nothing where there is nothing to compare. */
export function renderLoadComparison(data, state) {
  if (data.summary.loadComparisons.length === 0) return null;
  const rows = data.summary.loadComparisons.filter((it) => shown(state, it));
  return [
    element('p', { class: 'note' }, 'Quantile of each block divided by that of the baseline under the same load.'),
    ...['platforms', 'functions'].map((between) =>
      loadComparisonTable(
        data,
        between,
        rows.filter((it) => it.between === between),
      ),
    ),
  ];
}

function loadComparisonTable(data, between, rows) {
  if (rows.length === 0) return null;
  const word = between === 'platforms' ? 'Platforms' : 'Functions with the same workload';
  const names = ['Function', 'Platform', 'Against', 'Scenario', 'Load', 'Of'];
  return [
    element('h3', {}, word),
    table(
      `${word} compared under the same load`,
      [...names, ...CONCLUSION_HEAD],
      rows.map((it) => [
        it.function,
        it.platform,
        between === 'platforms' ? it.baseline.platform : it.baseline.function,
        it.scenario,
        loadLabel(it),
        it.quantile,
        ...conclusionNodes(it),
      ]),
      CONCLUSION_NUMBERS.map((column) => names.length + column),
    ),
    conclusionNotes(data.words.conclusions[between]),
  ];
}

/** What functions were sent, whatever the scenario; nothing in runs of before it was recorded. */
export function renderSent({ summary, words }) {
  if (summary.bodies.length === 0) return null;
  const items = summary.bodies.map((it, index) =>
    element('li', {}, `${it.functions.join(', ')}: ${words.bodies[index]}`),
  );
  return [element('ul', {}, items)];
}
