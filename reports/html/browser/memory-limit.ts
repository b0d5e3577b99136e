import { formatBytes, formatCgroupLimit, formatMs, formatShare } from '../../format.ts';
import { below, platformTag } from './cells.ts';
import { type Content, element, table } from './dom.ts';
import { type Page, type State, shown } from './state.ts';

/** What memory limits did, or nothing where no function had one. */
export function memoryLimitNodes(data: Page, state: State): readonly Content[] {
  const cells = data.summary.memoryLimits.filter((it) => shown(state, it));
  if (cells.length === 0) return [];
  return [
    element('h3', {}, 'Memory limits'),
    element(
      'p',
      { class: 'note' },
      'OOM: /tasks/oom events of containerd until more than the limit was asked for. Beyond the limit: what became of a request that takes more memory than the function may have.',
    ),
    table(
      'Memory limits',
      [
        'Function',
        'Platform',
        'Limit',
        'Of its cgroup',
        'Peak',
        'OOM',
        'Right again, ms',
        'Beyond the limit',
        'What happened',
      ],
      cells.map((it) => [
        it.function,
        platformTag(data, it.platform),
        it.limit,
        element('span', { class: it.cgroupLimitBytes === null ? 'bad' : null }, formatCgroupLimit(it.cgroupLimitBytes)),
        [formatBytes(it.peakBytes), it.peakShare === null ? null : below(formatShare(it.peakShare))],
        String(it.oomEvents ?? '?'),
        it.verdict === 'untried' ? '–' : it.rightAgainNs === null ? 'never' : formatMs(it.rightAgainNs),
        element(
          'span',
          { class: ['respected', 'untried'].includes(it.verdict) ? null : 'bad' },
          data.words.limitVerdicts[it.verdict],
        ),
        it.stories.map(({ words, blocks }) =>
          element('div', {}, it.blocks === 1 ? words : `${words} (${blocks} of ${it.blocks} blocks)`),
        ),
      ]),
      [2, 3, 4, 5, 6],
    ),
  ];
}
