import { percent } from '../../core/percent.ts';
import type { ColdStartSample } from '../../runs/schema.ts';
import { hasColdStarts, type RunEvidence, type RunGate } from '../run-evidence.ts';
import { some } from '../some.ts';

/** Above this share of CPU time taken by the hypervisor a machine measures its neighbours. */
const MOST = 0.02;
/** The kernel counts steal in ticks; in a short window a single one is a large share. */
const TICK_NS = 1e7;
const TICKS_ALLOWED = 2;
const MOST_IN_SHORT_WINDOWS = 0.1;

export const steal: RunGate = {
  id: 'steal',
  limit: '2 %; where two ticks of the kernel’s clock are more than that, these, up to 10 %',
  hint: 'a busy hypervisor: run again at another time',
  applies: hasColdStarts,
  judge: (evidence) => {
    const groups = groupsOf(evidence);
    const known = groups.flatMap(({ share, ...group }) => (share === null ? [] : [{ ...group, share }]));
    const [worst] = known.toSorted((a, b) => b.share / b.limit - a.share / a.limit);
    if (worst === undefined) return { ok: null, measured: 'not reported by the kernel' };
    const { share, limit, name } = worst;
    const blind = groups.filter((group) => group.share === null).map((group) => group.name);
    const unseen = blind.length === 0 ? '' : `; not read in ${some(blind)}`;
    return {
      ok: blind.length === 0 && share <= limit,
      measured: `at most ${percent(share, 2)} of CPU time (limit ${percent(limit)}; ${name})${unseen}`,
    };
  },
};

/** At L4 the machine did not exist when the window began, and what never began on it has no window: nobody read there. */
function groupsOf({ coldStarts, byCell, cores }: RunEvidence) {
  const isRead = (it: ColdStartSample) => it.level !== 'L4' && !(it.verdict === 'failed' && it.origin === 'harness');
  return [...Map.groupBy(coldStarts, (it) => it.platform), ...byCell].flatMap(([name, all]) => {
    const own = all.filter(isRead);
    return own.length === 0 ? [] : [{ name, share: meanSteal(own), limit: stealLimit(own, cores) }];
  });
}

function meanSteal(own: readonly ColdStartSample[]): number | null {
  const shares = own.flatMap((sample) => sample.stealShare ?? []);
  return shares.length === 0 ? null : shares.reduce((sum, it) => sum + it, 0) / shares.length;
}

function stealLimit(own: readonly ColdStartSample[], cores: number): number {
  const windowNs = own.reduce((sum, { totalNs }) => sum + (totalNs ?? 0), 0);
  return Math.min(MOST_IN_SHORT_WINDOWS, Math.max(MOST, (TICKS_ALLOWED * TICK_NS) / (windowNs * cores)));
}
