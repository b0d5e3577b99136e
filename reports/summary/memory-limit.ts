import type { Manifest, MemoryLimitSample } from '../../harness/runs/schema.ts';
import { median } from '../../harness/statistics/quantile.ts';
import { formatBytes } from '../format.ts';

/**
 * Does the limit act? `respected`: who took more was killed, and containerd said so with `/tasks/oom`. `unseen`: killed,
 * and no such event came. `ignored`: got more than the limit. `unclear`: neither got it nor was seen to be killed.
 * `untried`: the workload cannot be asked for so much.
 */
export type LimitVerdict = 'respected' | 'unseen' | 'ignored' | 'unclear' | 'untried';

/** What the memory limit of one function did, over all blocks. */
export interface MemoryLimitCell {
  readonly platform: string;
  readonly function: string;
  readonly blocks: number;
  /** As in the stack file. */
  readonly limit: string;
  readonly limitBytes: number | null;
  /** The smallest that the function's cgroup had; null where it had none in some block, `unknown` where none was read. */
  readonly cgroupLimitBytes: number | null | 'unknown';
  /** The highest over blocks, before more than the limit was asked for; of the last process where some were killed. */
  readonly peakBytes: number | null;
  /** That as a share of the limit. */
  readonly peakShare: number | null;
  /** `/tasks/oom` events until then, over all blocks; null when some may have been missed. */
  readonly oomEvents: number | null;
  /** The worst over blocks. */
  readonly verdict: LimitVerdict;
  /**
   * Median time until there was a right answer again, over the blocks in which more than the limit was asked for; null
   * where it never came in half of them or more, and where none was asked.
   */
  readonly rightAgainNs: number | null;
  /** In words, each with the number of blocks that it is true of. */
  readonly stories: readonly { readonly words: string; readonly blocks: number }[];
}

/** From the worst on. */
const VERDICTS: readonly LimitVerdict[] = ['ignored', 'unclear', 'unseen', 'untried', 'respected'];

export function summariseMemoryLimits(manifest: Manifest, samples: readonly MemoryLimitSample[]): MemoryLimitCell[] {
  return manifest.platforms.flatMap(({ label }) =>
    manifest.functions.flatMap(({ name }) => {
      const same = samples.filter((sample) => sample.platform === label && sample.function === name);
      const [first] = same;
      return first === undefined ? [] : [cellOf(first, same)];
    }),
  );
}

function cellOf(first: MemoryLimitSample, same: readonly MemoryLimitSample[]): MemoryLimitCell {
  const cgroups = same.flatMap((it) => it.cgroup ?? []);
  const peaks = cgroups.flatMap((it) => it.peakBytes ?? []);
  const limits = cgroups.flatMap((it) => it.limitBytes ?? []);
  const peakBytes = peaks.length === 0 ? null : Math.max(...peaks);
  const verdicts = same.map(verdictOf);
  const tried = same.flatMap(({ excess }) => excess ?? []);
  const again = median(tried.map(({ after }) => after.firstCorrectNs ?? Number.POSITIVE_INFINITY));
  const stories = Map.groupBy(same.flatMap(storiesOf), (words) => words);
  return {
    platform: first.platform,
    function: first.function,
    blocks: same.length,
    limit: first.limit,
    limitBytes: first.limitBytes,
    cgroupLimitBytes: cgroups.length === 0 ? 'unknown' : limits.length < cgroups.length ? null : Math.min(...limits),
    peakBytes,
    peakShare: peakBytes === null || !first.limitBytes ? null : peakBytes / first.limitBytes,
    oomEvents: sumOrNull(same.map((it) => it.oomEvents)),
    verdict: VERDICTS.find((it) => verdicts.includes(it)) ?? 'untried',
    rightAgainNs: again === Number.POSITIVE_INFINITY ? null : again,
    stories: [...stories].map(([words, told]) => ({ words, blocks: told.length })),
  };
}

function sumOrNull(values: readonly (number | null)[]): number | null {
  return values.reduce((sum, value) => (sum === null || value === null ? null : sum + value), 0);
}

function verdictOf({ excess }: MemoryLimitSample): LimitVerdict {
  if (excess === null) return 'untried';
  if (excess.given) return 'ignored';
  if ((excess.oomEvents ?? 0) > 0) return 'respected';
  return excess.exitStatus === null ? 'unclear' : 'unseen';
}

function storiesOf(sample: MemoryLimitSample): string[] {
  const { limit, limitBytes, oomEvents } = sample;
  return [
    ...cgroupWords(sample),
    ...(limitBytes === null ? [`${limit} is no quantity of memory for Kubernetes, so it was not tried`] : []),
    ...((oomEvents ?? 0) > 0
      ? [
          'killed before more than the limit was asked for, so it had come to the limit: the peak is its last process’ own',
        ]
      : []),
    ...(oomEvents === null ? ['containerd’s events broke off, so kills during its life may be missing'] : []),
    ...(limitBytes === null ? [] : [excessWords(sample)]),
  ];
}

/** Only where it is not as deployed; the kernel keeps whole pages. */
function cgroupWords({ cgroup, limit, limitBytes }: MemoryLimitSample): string[] {
  if (cgroup === null) return ['it did not run any more when the limit of its cgroup was to be read'];
  if (cgroup.limitBytes === null) return [`its cgroup has no memory limit, where ${limit} was deployed`];
  if (limitBytes === null || Math.abs(cgroup.limitBytes - limitBytes) < 4096) return [];
  return [`its cgroup has a memory limit of ${formatBytes(cgroup.limitBytes)}, where ${limit} was deployed`];
}

function excessWords(sample: MemoryLimitSample): string {
  const { excess, limit } = sample;
  if (excess === null) return 'not asked for more than the limit, because its workload does not take so much';
  const asked = `asked for ${formatBytes(excess.askedBytes)}`;
  const exit = excess.exitStatus === null ? 'no exit of its task was seen' : `exit status ${excess.exitStatus}`;
  const oom = `${excess.oomEvents} × /tasks/oom`;
  const after = `the client got ${answerWords(excess)}; ${afterWords(excess.after)}`;
  switch (verdictOf(sample)) {
    case 'ignored':
      return `LIMIT NOT RESPECTED: ${asked}, it got them, with a limit of ${limit}; ${afterWords(excess.after)}`;
    case 'respected':
      return `limit respected: ${asked}, it was killed (${oom}, ${exit}); ${after}`;
    case 'unseen':
      return `limit acts, unseen by containerd: ${asked}, its task ended (no /tasks/oom, ${exit}); ${after}`;
    case 'unclear':
    case 'untried':
      return `unclear: ${asked}, it neither got them nor was seen to be killed (no /tasks/oom, ${exit}); ${after}`;
  }
}

function answerWords({ status, error }: NonNullable<MemoryLimitSample['excess']>): string {
  return status === null ? `no answer (${error ?? 'no reason'})` : String(status);
}

function afterWords({
  attempts,
  firstStatus,
  firstCorrectNs,
  newProcess,
}: NonNullable<MemoryLimitSample['excess']>['after']) {
  const by = newProcess ? 'a new process' : 'the same process';
  if (firstCorrectNs === null) return `no right answer after that (first ${firstStatus ?? 'no answer'})`;
  if (attempts === 1) return `the next request was answered right, by ${by}`;
  return `the next request got ${firstStatus ?? 'no answer'}, a later one the right answer, by ${by}`;
}
