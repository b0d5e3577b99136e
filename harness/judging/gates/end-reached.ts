import { lastDensities, placeName } from '../places.ts';
import { kindOf, type RunGate } from '../run-evidence.ts';
import { some } from '../some.ts';

/** How many fit is known when one more did not, and not before. */
export const endReached: RunGate = {
  id: 'end-reached',
  limit: null,
  hint: 'a forecast without its truth is only a forecast',
  mustLook: true,
  scope: 'measurement',
  leavesOut: { kind: 'density', what: 'density' },
  applies: ({ records }) => kindOf(records, 'density').length + kindOf(records, 'density-step').length > 0,
  judge: ({ records }) => {
    const ends = lastDensities(records);
    const fillings = [...new Set([...kindOf(records, 'density-step'), ...ends].map(placeName))];
    const known = new Set(ends.filter((it) => it.truth !== null).map(placeName));
    const open = fillings.filter((name) => !known.has(name));
    const reached = `${fillings.length - open.length} of ${fillings.length} fillings`;
    const but = open.length === 0 ? '' : `; not ${some(open)}`;
    return { ok: open.length === 0, measured: `deployed until one more did not run in ${reached}${but}` };
  },
};
