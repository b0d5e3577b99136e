import { hasColdStarts, kindOf, type RunGate } from '../run-evidence.ts';
import { some } from '../some.ts';

export const cleanBetweenBlocks: RunGate = {
  id: 'clean-between-blocks',
  limit: null,
  hint: 'leaked network state slows down every later request',
  applies: hasColdStarts,
  judge: ({ records, coldStarts, clean, interrupted }) => {
    if (!clean) return { ok: null, measured: 'not wanted in this run' };
    const hygiene = kindOf(records, 'hygiene');
    const left = Math.max(0, ...hygiene.map((record) => record.after.cniFiles));
    const seen = new Set(hygiene.map((record) => `${record.platform} block ${record.block}`));
    const unseen = new Set(coldStarts.map((it) => `${it.platform} block ${it.block}`)).difference(seen);
    const missing = interrupted || unseen.size === 0 ? '' : `; nobody looked after ${some([...unseen])}`;
    return {
      ok: hygiene.length === 0 && interrupted ? null : left === 0 && missing === '',
      measured: `at most ${left} leaked lease files after cleaning${missing}`,
    };
  },
};
