import { formatBytes, formatCgroupLimit, formatMs, formatShare } from '../format.ts';
import type { MemoryLimitCell } from '../summary/memory-limit.ts';
import type { Summary } from '../summary.ts';
import { limitVerdictWords } from '../words.ts';
import { type Paint, table, wrapped } from './layout.ts';

const HEAD = ['function', 'limit', 'of cgroup', 'peak', 'of limit', 'OOM', 'beyond it', 'right again'];

/** Functions with a memory limit: how near they came to it, and what happened to who asked for more. */
export function memoryLimitLines(summary: Summary, paint: Paint): string[] {
  return summary.manifest.platforms.flatMap(({ label }) => {
    const cells = summary.memoryLimits.filter((cell) => cell.platform === label);
    if (cells.length === 0) return [];
    const lines = table(HEAD, cells.map(rowOf), (title) => title === 'function' || title === 'beyond it');
    return [
      '',
      ...wrapped(
        `${label}: memory limits; OOM: /tasks/oom events before more than the limit was asked for; ms until the next right answer`,
      ),
      ...lines.map((line, i) => (i === 0 ? paint('bold', line) : line)),
      ...cells.flatMap((cell) => storyLines(cell, paint)),
    ];
  });
}

function rowOf(cell: MemoryLimitCell): string[] {
  return [
    cell.function,
    cell.limit,
    formatCgroupLimit(cell.cgroupLimitBytes),
    formatBytes(cell.peakBytes),
    formatShare(cell.peakShare),
    String(cell.oomEvents ?? '?'),
    limitVerdictWords[cell.verdict],
    cell.verdict === 'untried' ? '–' : cell.rightAgainNs === null ? 'never' : formatMs(cell.rightAgainNs),
  ];
}

function storyLines(cell: MemoryLimitCell, paint: Paint): string[] {
  return cell.stories.flatMap(({ words, blocks }) => {
    const where = cell.blocks === 1 ? '' : `, ${blocks} of ${cell.blocks} blocks`;
    const lines = wrapped(`${cell.function}${where}: ${words}`, '  ');
    return words.startsWith('LIMIT NOT RESPECTED') ? lines.map((line) => paint('red', line)) : lines;
  });
}
