import { type Place, placeName } from '../places.ts';
import { kindOf, type RunGate } from '../run-evidence.ts';
import { some } from '../some.ts';

/** What a search has found is as good as its steps: with none that was judged it rests on nothing. */
export const searchJudged: RunGate = {
  id: 'search-judged',
  limit: null,
  hint: 'a rate that was found without a step at a constant rate has not been measured',
  mustLook: true,
  scope: 'measurement',
  leavesOut: { kind: 'capacity', what: 'what searches found' },
  applies: ({ records }) => kindOf(records, 'capacity').length > 0,
  judge: ({ records, unjudged }) => {
    const found = kindOf(records, 'capacity');
    const steps = kindOf(records, 'load').filter((it) => it.purpose === 'probe' && !unjudged.has(it));
    const judged = new Set(steps.map(keyOf));
    const bare = found.filter((it) => !judged.has(keyOf(it))).map(placeName);
    const but = bare.length === 0 ? '' : `; not ${some(bare)}`;
    return {
      ok: bare.length === 0,
      measured: `${found.length - bare.length} of ${found.length} searches rest on steps that were judged${but}`,
    };
  },
};

function keyOf(it: Place & { readonly path: string }): string {
  return JSON.stringify([it.platform, it.function, it.block, it.path]);
}
