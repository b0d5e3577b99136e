import type { LoadCell } from '../../summary/load.ts';
import { loadLabel } from './cells.ts';
import { type Content, element, type Section } from './dom.ts';
import { loadColumns } from './load-columns.ts';
import { cpuTable, failureTable } from './load-requests.ts';
import { sortableTable } from './sortable.ts';
import { type Page, type State, shown } from './state.ts';

/** One table per scenario, then what is no result and why; nothing in a run without load. */
export function renderLoad(data: Page, state: State, onSort: (id: string) => void): Section {
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

function scenarioNodes(data: Page, state: State, scenario: string, onSort: (id: string) => void): readonly Content[] {
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

function tableWords(cells: readonly LoadCell[]): string {
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

function invalidList(cells: readonly LoadCell[]): Content {
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

/** What functions were sent, whatever the scenario; nothing in runs of before it was recorded. */
export function renderSent({ summary, words }: Page): Section {
  if (summary.bodies.length === 0) return null;
  const items = summary.bodies.map((it, index) =>
    element('li', {}, `${it.functions.join(', ')}: ${words.bodies[index]}`),
  );
  return [element('ul', {}, items)];
}
