import { type Content, element } from './dom.ts';
import type { State } from './state.ts';

/** Something that rows are sorted by, chosen by its title in the heading. Null is what was not measured. */
export interface Sort<Row> {
  readonly id: string;
  readonly title: string;
  readonly value: (row: Row) => number | null;
}

/**
 * A column that is sorted by one thing, whose title is its own; by several things, of which each has a title; or by nothing.
 * `heading` marks the row's name, `show` gives what is read.
 */
export type Column<Row> = (Sort<Row> | { readonly sorts: readonly Sort<Row>[] } | { readonly title: string }) & {
  readonly show: (row: Row) => Content;
  readonly heading?: boolean;
  readonly numeric?: boolean;
};

interface SortableTable<Row> {
  readonly id: string;
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly state: State;
  readonly onSort: (id: string) => void;
}

/** A table whose headings sort it. */
export function sortableTable<Row>({ id, caption, columns, rows, state, onSort }: SortableTable<Row>): HTMLElement {
  const body = sorted(rows, columns, state).map((row) =>
    element(
      'tr',
      {},
      columns.map((column) =>
        column.heading
          ? element('th', { scope: 'row' }, column.show(row))
          : element('td', { class: column.numeric ? 'number' : null }, column.show(row)),
      ),
    ),
  );
  return element(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
    element(
      'table',
      { id, class: 'results' },
      element('caption', { class: 'hidden' }, `${caption}. Column headings sort.`),
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          columns.map((column) => headCell(column, state, onSort)),
        ),
      ),
      element('tbody', {}, body),
    ),
  );
}

function headCell<Row>(column: Column<Row>, state: State, onSort: (id: string) => void): HTMLElement {
  const sorts = sortsOf(column);
  const active = sorts.some((sort) => sort.id === state.sort);
  const direction = active ? (state.descending ? 'descending' : 'ascending') : null;
  const arrow = state.descending ? ' ▼' : ' ▲';
  const buttons = sorts.map((sort) =>
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
    buttons.length === 0 && 'title' in column ? column.title : buttons,
  );
}

function sortsOf<Row>(column: Column<Row>): readonly Sort<Row>[] {
  if ('sorts' in column) return column.sorts;
  return 'value' in column ? [column] : [];
}

/** What was not measured comes last in either direction. */
function sorted<Row>(rows: readonly Row[], columns: readonly Column<Row>[], state: State): readonly Row[] {
  const sort = columns.flatMap(sortsOf).find((it) => it.id === state.sort);
  if (sort === undefined) return rows;
  const sign = state.descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [left, right] = [sort.value(a), sort.value(b)];
    if (left === null || right === null) return (left === null ? 1 : 0) - (right === null ? 1 : 0);
    return sign * (left - right);
  });
}
