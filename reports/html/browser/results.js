import { formatMs, formatRange, formatRatio, formatShare } from '../../format.js';
import { element, svg, table } from './dom.js';
import { shown } from './state.js';

/** Columns of the result table. `value` is what it is sorted by, `show` what is read. */
function columnsOf(data) {
  const order = (key) => (cell) => data.choices[key].indexOf(cell[key]);
  const scaleNs = Math.max(
    1,
    ...data.summary.cells.flatMap((cell) => [cell.p90.valueNs ?? 0, cell.median.upperNs ?? 0]),
  );
  const anyP99 = data.summary.cells.some((cell) => cell.p99.valueNs !== null);
  const count = (id, title, pick) => ({ id, title, value: pick, show: (cell) => countNode(pick(cell)), numeric: true });
  const time = (id, title) => ({
    id,
    title,
    value: (cell) => cell[id].valueNs,
    show: (cell) => quantileNode(cell[id]),
    numeric: true,
  });
  const columns = [
    {
      id: 'function',
      heading: true,
      show: (cell) => nameNode(data, cell),
      sorts: [
        { id: 'function', title: 'Function', value: order('function') },
        { id: 'platform', title: 'platform', value: order('platform') },
        { id: 'level', title: 'level', value: order('level') },
      ],
    },
    { ...time('median', 'Median, ms'), show: medianNode },
    { id: 'picture', title: `0 – ${formatMs(scaleNs)} ms`, show: (cell) => intervalPicture(data, cell, scaleNs) },
    time('p90', 'p90'),
    ...(anyP99 ? [time('p99', 'p99')] : []),
    { id: 'max', title: 'Max', value: (cell) => cell.maxNs, show: maxNode, numeric: true },
    {
      id: 'floor',
      title: '× floor',
      value: (cell) => cell.distanceToFloor?.ratio ?? null,
      show: floorNode,
      numeric: true,
    },
    { id: 'first', title: '1st answer correct', value: firstShare, show: firstNode, numeric: true },
    { id: 'n', title: 'n', value: (cell) => cell.n, show: (cell) => String(cell.n), numeric: true },
    { id: 'ok', title: 'ok', value: (cell) => cell.ok, show: (cell) => String(cell.ok), numeric: true },
    { id: 'failed', title: 'Failed', value: (cell) => cell.failed, show: failedNode, numeric: true },
    count('not-cold', 'Not cold', (cell) => cell.notCold),
    count('invalid', 'Invalid', (cell) => cell.invalid),
    {
      id: 'residual',
      title: 'Residual',
      value: (cell) => cell.medianResidualShare,
      show: (cell) => formatShare(cell.medianResidualShare),
      numeric: true,
    },
  ];
  // Most columns are sorted by one thing, which has the column's name.
  return columns.map((column) => ({ sorts: column.value === undefined ? [] : [column], ...column }));
}

export function renderResults(data, state, onSort) {
  const columns = columnsOf(data);
  const cells = sorted(
    data.summary.cells.filter((cell) => shown(state, cell)),
    columns,
    state,
  );
  const head = columns.map((column) => headCell(column, state, onSort));
  const rows = cells.map((cell) =>
    element(
      'tr',
      {},
      columns.map((column) =>
        column.heading
          ? element('th', { scope: 'row' }, column.show(cell))
          : element('td', { class: column.numeric ? 'number' : null }, column.show(cell)),
      ),
    ),
  );
  const caption = 'Time to the first correct answer, per platform, level and function';
  return [
    element(
      'div',
      { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
      element(
        'table',
        { id: 'result-table', class: 'results' },
        element('caption', { class: 'hidden' }, `${caption}. Column headings sort.`),
        element('thead', {}, element('tr', {}, head)),
        element('tbody', {}, rows),
      ),
    ),
    element('p', { class: 'note' }, pictureWords(data)),
    floorTable(data, state),
    reasonList(data, state),
  ];
}

function headCell(column, state, onSort) {
  const active = column.sorts.some((sort) => sort.id === state.sort);
  const direction = active ? (state.descending ? 'descending' : 'ascending') : null;
  const arrow = state.descending ? ' ▼' : ' ▲';
  const buttons = column.sorts.map((sort) =>
    element(
      'button',
      {
        type: 'button',
        'data-sort': sort.id,
        class: sort.id === state.sort ? 'active' : null,
        onclick: () => onSort(sort.id),
      },
      sort.title,
      sort.id === state.sort ? element('span', { 'aria-hidden': 'true' }, arrow) : null,
    ),
  );
  const kind = column.numeric ? 'number' : null;
  return element(
    'th',
    { scope: 'col', class: kind, 'aria-sort': direction },
    buttons.length > 0 ? buttons : column.title,
  );
}

/** What was not measured comes last in either direction. */
function sorted(cells, columns, state) {
  const column = columns.flatMap((it) => it.sorts).find((it) => it.id === state.sort);
  if (column === undefined) return cells;
  const sign = state.descending ? -1 : 1;
  return [...cells].sort((a, b) => {
    const [left, right] = [column.value(a), column.value(b)];
    if (left === null || right === null) return (left === null ? 1 : 0) - (right === null ? 1 : 0);
    return sign * (left - right);
  });
}

export function platformTag(data, label) {
  const kind = data.summary.manifest.platforms.find((platform) => platform.label === label)?.kind ?? 'unknown';
  return element('span', { class: `tag ${kind}` }, label);
}

/** Function, and below it where and how cold: the platform's name stands in every row. */
function nameNode(data, cell) {
  const level = data.words.levels[cell.level];
  return [
    cell.function,
    element(
      'span',
      { class: 'under-name' },
      platformTag(data, cell.platform),
      element('span', { title: level.startsWhen }, ` ${cell.level} ${level.name}`),
    ),
  ];
}

function quantileNode(estimate) {
  if (estimate.valueNs !== null) return formatMs(estimate.valueNs);
  if (estimate.note === null || estimate.note === 'no samples') return '–';
  const never = estimate.note.startsWith('no correct');
  return element('span', { class: never ? 'bad' : 'small' }, never ? 'never' : estimate.note);
}

function medianNode(cell) {
  const { lowerNs, upperNs, note } = cell.median;
  const range = lowerNs === null && upperNs === null ? note : formatRange(lowerNs, upperNs, formatMs);
  return [quantileNode(cell.median), cell.timed === 0 ? null : element('span', { class: 'under-number' }, range)];
}

function maxNode(cell) {
  if (cell.neverAnswered === 0) return formatMs(cell.maxNs);
  return element('span', { class: 'bad', title: `slowest that was answered: ${formatMs(cell.maxNs)} ms` }, 'never');
}

function floorNode(cell) {
  const it = cell.distanceToFloor;
  if (it === null) return '–';
  return [
    formatRatio(it.ratio),
    element('span', { class: 'under-number' }, formatRange(it.lower, it.upper, formatRatio)),
  ];
}

function firstShare(cell) {
  return cell.firstAnswer.n === 0 ? null : cell.firstAnswer.correct / cell.firstAnswer.n;
}

function firstNode(cell) {
  const { correct, n, interval } = cell.firstAnswer;
  if (n === 0) return '–';
  const percent = (share) => (share * 100).toFixed(0);
  return [
    element('span', { class: correct < n ? 'bad' : null }, `${correct}/${n}`),
    element('span', { class: 'under-number' }, `${percent(interval.lower)}…${percent(interval.upper)} %`),
  ];
}

function failedNode(cell) {
  if (cell.failed === 0) return '0';
  const by = cell.failedBy.map(({ origin, n }) => element('span', { class: 'under-number' }, `${n} by ${origin}`));
  return [element('span', { class: 'bad' }, String(cell.failed)), by];
}

function countNode(count) {
  return element('span', { class: count > 0 ? 'bad' : null }, String(count));
}

/** Dot: median; thick line: its interval; thin line: up to p90; grey tick: the floor's median. */
function intervalPicture(data, cell, scaleNs) {
  const x = (ns) => ((ns / scaleNs) * 100).toFixed(2);
  const floor = data.summary.floors.find((it) => it.platform === cell.platform && it.level === cell.level);
  const { valueNs, lowerNs, upperNs } = cell.median;
  const line = (from, to, kind) => svg('line', { x1: `${x(from)}%`, x2: `${x(to)}%`, y1: 9, y2: 9, class: kind });
  return svg(
    'svg',
    { class: 'interval', width: 140, height: 18, 'aria-hidden': 'true', focusable: 'false' },
    svg('line', { x1: '0%', x2: '100%', y1: 9, y2: 9, class: 'track' }),
    floor?.median.valueNs
      ? svg('line', {
          x1: `${x(floor.median.valueNs)}%`,
          x2: `${x(floor.median.valueNs)}%`,
          y1: 2,
          y2: 16,
          class: 'floor',
        })
      : null,
    valueNs !== null && cell.p90.valueNs !== null ? line(valueNs, cell.p90.valueNs, 'tail') : null,
    lowerNs !== null && upperNs !== null ? line(lowerNs, upperNs, 'range') : null,
    valueNs !== null ? svg('circle', { cx: `${x(valueNs)}%`, cy: 9, r: 3.5, class: 'dot' }) : null,
  );
}

function pictureWords(data) {
  const parts = ['Picture: dot = median, thick line = its 95 % interval, thin line = up to p90'];
  if (data.summary.floors.length > 0) parts.push('grey tick = median of the machine’s floor');
  const p99 = data.summary.cells.every((cell) => cell.p99.valueNs === null)
    ? ' p99 is withheld: it needs n ≥ 368, below which its 95 % interval has no upper bound.'
    : '';
  return `Small numbers: 95 % intervals. ${parts.join(', ')}. “Never”: no correct answer before the deadline.${p99}`;
}

function floorTable(data, state) {
  const floors = data.summary.floors.filter((floor) => shown(state, floor));
  if (floors.length === 0) return element('p', { class: 'note' }, 'The machine’s floor was not measured.');
  const rows = floors.map((floor) => [
    `${floor.platform} ${floor.level}`,
    formatMs(floor.median.valueNs),
    formatRange(floor.median.lowerNs, floor.median.upperNs, formatMs),
    formatMs(floor.p90.valueNs),
    formatMs(floor.maxNs),
    String(floor.n),
    floor.phases.map((phase) => `${phase.name} ${formatMs(phase.medianNs)}`).join(' · '),
  ]);
  const head = ['Machine of', 'Median, ms', '95 % interval, ms', 'p90', 'Max', 'n', 'Median of its phases, ms'];
  return element(
    'details',
    { open: true },
    element(
      'summary',
      {},
      'The floor: a do-nothing C server by the same containerd and CNI calls, without gateway and provider',
    ),
    table('The machine’s floor', head, rows, [1, 2, 3, 4, 5]),
  );
}

function reasonList(data, state) {
  const items = data.summary.cells
    .filter((cell) => shown(state, cell))
    .flatMap((cell) =>
      cell.reasons.map(({ reason, n }) =>
        element('li', {}, `${n} × ${cell.platform}, ${cell.level}, ${cell.function}: ${reason}`),
      ),
    );
  if (items.length === 0) return null;
  return element(
    'details',
    {},
    element('summary', {}, 'Samples that are not ok, with their reasons'),
    element('ul', {}, items),
  );
}
