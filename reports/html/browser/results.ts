import type { Level } from '../../../harness/runs/schema.ts';
import { formatInterval, formatMs, formatShare, scopeWords } from '../../format.ts';
import type { Cell } from '../../summary/cell.ts';
import {
  countNode,
  failedNode,
  firstNode,
  firstShare,
  floorNode,
  intervalPicture,
  maxNode,
  medianNode,
  nameNode,
  quantileNode,
  roundUp,
} from './cells.ts';
import { type Content, element, type Section, table } from './dom.ts';
import { type Column, type Sort, sortableTable } from './sortable.ts';
import { type Filter, type Page, type State, shown } from './state.ts';

/** Columns of the result table. */
function columnsOf(data: Page, cells: readonly Cell[]): readonly Column<Cell>[] {
  const order =
    (key: Filter): Sort<Cell>['value'] =>
    (cell) => {
      const all: readonly string[] = data.choices[key];
      return all.indexOf(cell[key]);
    };
  const scales = scalesOf(cells);
  const [onlyScale, ...others] = [...scales.values()];
  const scaleTitle = others.length > 0 ? '0 – largest of the level' : `0 – ${(onlyScale ?? 0) / 1e6} ms`;
  const anyP99 = data.summary.cells.some(({ p99 }) => p99.valueNs !== null || p99.never);
  const count = (id: string, title: string, pick: (cell: Cell) => number): Column<Cell> => ({
    id,
    title,
    value: pick,
    show: (cell) => countNode(pick(cell)),
    numeric: true,
  });
  const time = (id: 'median' | 'p90' | 'p99', title: string): Column<Cell> => ({
    id,
    title,
    value: (cell) => neverLast(cell, cell[id].valueNs),
    show: (cell) => quantileNode(cell[id]),
    numeric: true,
  });
  return [
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
    { id: 'picture', title: scaleTitle, show: (cell) => intervalPicture(data, cell, scales.get(cell.level) ?? 0) },
    time('p90', 'p90'),
    ...(anyP99 ? [time('p99', 'p99')] : []),
    { id: 'max', title: 'Max', value: (cell) => neverLast(cell, cell.maxNs), show: maxNode, numeric: true },
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
}

/** Levels differ by orders of magnitude, so each has a scale of its own. */
function scalesOf(cells: readonly Cell[]): ReadonlyMap<Level, number> {
  const scales = new Map<Level, number>();
  for (const level of new Set(cells.map((cell) => cell.level))) {
    const same = cells.filter((cell) => cell.level === level);
    const largestNs = same.flatMap((cell) => [cell.p90.valueNs ?? 0, cell.median.upperNs ?? 0]);
    scales.set(level, roundUp(Math.max(1e6, ...largestNs) * 1.03));
  }
  return scales;
}

/** The table of cold starts, or nothing where none was planned. */
export function renderResults(data: Page, state: State, onSort: (id: string) => void): Section {
  if (data.summary.cells.length === 0) return null;
  const chosen = data.summary.cells.filter((cell) => shown(state, cell));
  const columns = columnsOf(data, chosen);
  const caption = 'Time to the first correct answer, per platform, level and function';
  return [
    sortableTable({ id: 'result-table', caption, columns, rows: chosen, state, onSort }),
    element('p', { class: 'note' }, pictureWords(data)),
    floorTable(data, state),
    reasonList(data, state),
  ];
}

/** What was measured and never answered is larger than any number; what was not measured has none. */
function neverLast(cell: Cell, valueNs: number | null): number | null {
  return valueNs ?? (cell.neverAnswered > 0 ? Number.POSITIVE_INFINITY : null);
}

function pictureWords(data: Page): string {
  const parts = ['Picture: dot = median, thick line = its 95 % interval, thin line = up to p90'];
  if (data.summary.floors.length > 0) parts.push('grey tick = median of the machine’s floor');
  const p99 = data.summary.cells.every(({ p99 }) => p99.valueNs === null && !p99.never)
    ? ' p99 is withheld: it needs n ≥ 368, below which its 95 % interval has no upper bound.'
    : '';
  return `Small numbers: 95 % intervals over deployments; those within one or two deployments say so, and know nothing of others. ${parts.join(', ')}. “Never”: no correct answer before the deadline.${p99}`;
}

function floorTable(data: Page, state: State): Content {
  const floors = data.summary.floors.filter((floor) => shown(state, floor));
  if (floors.length === 0) return element('p', { class: 'note' }, 'The machine’s floor was not measured.');
  const rows = floors.map((floor) => [
    `${floor.platform} ${floor.level}`,
    formatMs(floor.median.valueNs),
    `${formatInterval(floor.median)}${scopeWords(floor.median)}`,
    formatMs(floor.p90.valueNs),
    formatMs(floor.maxNs),
    floor.ok === floor.n ? String(floor.n) : `${floor.ok} of ${floor.n}: ${floor.reasons.join('; ')}`,
    floor.phases
      .filter((phase) => phase.medianNs > 0)
      .map((phase) => `${phase.name} ${formatMs(phase.medianNs)}`)
      .join(' · '),
  ]);
  const head = ['Machine of', 'Median, ms', '95 % interval, ms', 'p90', 'Max', 'n', 'Median of its phases, ms'];
  return element(
    'details',
    { open: true },
    element(
      'summary',
      {},
      'The floor: a do-nothing C server by the same containerd and CNI calls, without gateway and provider (L4: a bare machine until the first login)',
    ),
    table('The machine’s floor', head, rows, [1, 2, 3, 4, 5]),
  );
}

function reasonList(data: Page, state: State): Content {
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
