import type { LoadComparison } from '../../summary/load-comparison.ts';
import { loadLabel } from './cells.ts';
import { CONCLUSION_HEAD, CONCLUSION_NUMBERS, conclusionNodes, conclusionNotes } from './comparison.ts';
import { type Content, element, type Section, table } from './dom.ts';
import { type Page, type State, shown } from './state.ts';

/** Ratios between platforms and between functions, or nothing where there is nothing to compare. */
export function renderLoadComparison(data: Page, state: State): Section {
  if (data.summary.loadComparisons.length === 0) return null;
  const rows = data.summary.loadComparisons.filter((it) => shown(state, it));
  return [
    element('p', { class: 'note' }, 'Quantile of each block divided by that of the baseline under the same load.'),
    ...(['platforms', 'functions'] as const).map((between) =>
      loadComparisonTable(
        data,
        between,
        rows.filter((it) => it.between === between),
      ),
    ),
  ];
}

function loadComparisonTable(data: Page, between: LoadComparison['between'], rows: readonly LoadComparison[]): Content {
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
