import { isRamp } from '../../runs/binding-gates.ts';
import { measurementName } from '../measurement-name.ts';
import type { RunGate } from '../run-evidence.ts';
import { some } from '../some.ts';

/** A measurement for which no gate could look has passed nothing. */
export const judged: RunGate = {
  id: 'judged',
  limit: null,
  hint: 'what nobody has judged is no result',
  mustLook: true,
  scope: 'measurement',
  applies: ({ measurements }) => measurements.length > 0,
  judge: ({ measurements, unjudged }) => {
    const own = measurements.filter((load) => !isRamp(load));
    const bare = own.filter((load) => unjudged.has(load));
    const but = bare.length === 0 ? '' : `; not ${some(bare.map(measurementName))}`;
    return {
      ok: own.length > 0 && bare.length === 0,
      measured: `${own.length - bare.length} of ${own.length} measurements were judged by gates that could look${but}`,
    };
  },
};
