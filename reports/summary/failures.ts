import type { FailureCount } from '../../harness/runs/schema.ts';

/** Failed requests of several measurements that say the same, together; most frequent first. */
export function failuresTogether(lists: readonly (readonly FailureCount[])[]): FailureCount[] {
  const kinds = Map.groupBy(lists.flat(), ({ status, origin, words }) => JSON.stringify([status, origin, words]));
  return [...kinds.values()]
    .flatMap((same) => same.slice(0, 1).map((it) => ({ ...it, n: same.reduce((sum, { n }) => sum + n, 0) })))
    .sort((a, b) => b.n - a.n);
}
