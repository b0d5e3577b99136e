import { element } from './dom.js';

/**
 * A table whose headings sort it. Columns have a `title`, `show(row)` for what is read, and either `value(row)` for what
 * they are sorted by, or `sorts`: several such things with an id and a title each. `heading` marks the row's name.
 */
export function sortableTable({ id, caption, columns: given, rows, state, onSort }) {
  // Most columns are sorted by one thing, which has the column's name.
  const columns = given.map((column) => ({ sorts: column.value === undefined ? [] : [column], ...column }));
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
function sorted(rows, columns, state) {
  const column = columns.flatMap((it) => it.sorts).find((it) => it.id === state.sort);
  if (column === undefined) return rows;
  const sign = state.descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [left, right] = [column.value(a), column.value(b)];
    if (left === null || right === null) return (left === null ? 1 : 0) - (right === null ? 1 : 0);
    return sign * (left - right);
  });
}
