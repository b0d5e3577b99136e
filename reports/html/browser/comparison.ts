import type { RatioEstimate } from '../../../harness/statistics/ratio.ts';
import { formatP, formatRange, formatRatioInterval, formatRatioOf } from '../../format.ts';
import type { FirstAnswerComparison } from '../../summary/comparison.ts';
import type { Conclusion } from '../../summary/verdict.ts';
import { type Content, element, type Section, table } from './dom.ts';
import { type Page, type State, shown } from './state.ts';

const METHODS: Readonly<Record<RatioEstimate['method'], string>> = {
  'paired-ranks': 'deployments in pairs, ranks',
  'paired-t': 'deployments in pairs, t',
  'too-few': '–',
};

/** The last columns of every table of comparisons. */
export const CONCLUSION_HEAD = ['Ratio', '95 % interval', 'p', 'Adjusted p', 'Verdict', 'Deployments', 'Method'];
/** Which of them are numbers. */
export const CONCLUSION_NUMBERS = [0, 1, 2, 3, 5];

export function conclusionNodes(it: Conclusion & { readonly estimate: RatioEstimate | null }): readonly Content[] {
  return [
    formatRatioOf(it.estimate),
    formatRatioInterval(it.estimate),
    formatP(it.estimate?.p),
    formatP(it.adjustedP),
    element('span', { class: `tag ${it.verdict}` }, it.verdict),
    it.estimate === null ? '–' : String(it.estimate.blocks),
    it.estimate === null ? '–' : METHODS[it.estimate.method],
  ];
}

/** What verdicts rest on, and why there is no result. */
export function conclusionNotes(words: readonly string[]): Content {
  return words.map((line) => element('p', { class: 'note' }, line));
}

/** Ratios between platforms, or nothing with one platform. */
export function renderComparison(data: Page, state: State): Section {
  const rows = data.summary.comparisons.filter((it) => shown(state, it));
  if (data.summary.manifest.platforms.length < 2 || data.summary.cells.length === 0) return null;
  const names = ['Function', 'Level', 'Platform', 'Baseline'];
  return [
    element(
      'p',
      { class: 'note' },
      'Time to the first correct answer divided by that of the baseline platform, same level and function.',
    ),
    table(
      'Platforms compared',
      [...names, ...CONCLUSION_HEAD],
      rows.map((it) => [it.function, it.level, it.platform, it.baseline, ...conclusionNodes(it)]),
      CONCLUSION_NUMBERS.map((column) => names.length + column),
    ),
    conclusionNotes(data.words.conclusions.coldStarts),
    firstAnswerTable(
      data,
      data.summary.firstAnswerComparisons.filter((it) => shown(state, it)),
    ),
  ];
}

/** Shares of first answers that were right, or nothing where they differ nowhere. */
function firstAnswerTable(data: Page, rows: readonly FirstAnswerComparison[]): Content {
  if (!rows.some((it) => it.estimate !== null && it.estimate.difference !== 0)) return null;
  const points = (share: number | null | undefined): string =>
    share === null || share === undefined ? '–' : (share * 100).toFixed(0);
  return [
    element('h3', {}, 'First answers that were right'),
    table(
      'First answers compared',
      ['Function', 'Level', 'Platform', 'Baseline', 'Points more', '95 % interval', 'p', 'Adjusted p', 'Verdict'],
      rows.map((it) => [
        it.function,
        it.level,
        it.platform,
        it.baseline,
        points(it.estimate?.difference),
        formatRange(it.estimate?.lower ?? null, it.estimate?.upper ?? null, points),
        formatP(it.estimate?.p),
        formatP(it.adjustedP),
        element('span', { class: 'tag' }, it.verdict),
      ]),
      [4, 5, 6, 7],
    ),
    conclusionNotes(data.words.conclusions.firstAnswers),
  ];
}
