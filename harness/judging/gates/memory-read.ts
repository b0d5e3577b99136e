import type { FootprintSample, RunRecord } from '../../runs/schema.ts';
import { placeName } from '../places.ts';
import { kindOf, type RunGate } from '../run-evidence.ts';
import { some } from '../some.ts';

type Moment = FootprintSample['moment'];

/** When the function surely runs; later its own death under load may be why there is nothing to read. */
const READ_AT = ['idle', 'first', 'loaded'] as const satisfies readonly Moment[];
/** What is read without the function, too: the machine's share of its cost is the difference of these two. */
const MACHINE_AT = ['before', 'idle'] as const satisfies readonly Moment[];

export const memoryRead: RunGate = {
  id: 'memory-read',
  limit: null,
  hint: 'a figure that was not read is not 0: see the log of the agent and of the function',
  mustLook: true,
  scope: 'measurement',
  leavesOut: { kind: 'footprint', what: 'memory of functions' },
  applies: ({ records }) => livesIn(records).length > 0,
  judge: ({ records }) => {
    const byLife = [...Map.groupBy(livesIn(records), placeName)];
    const missing = byLife.flatMap(([name, readings]) => {
      const moments = momentsMissing(readings);
      return moments.length === 0 ? [] : [`${name}: ${moments.join(', ')}`];
    });
    const read = `${byLife.length - missing.length} of ${byLife.length} lives of functions`;
    const but = missing.length === 0 ? '' : `; not ${some(missing)}`;
    return {
      ok: missing.length === 0,
      measured: `cgroup, processes and machine were read at each moment in ${read}${but}`,
    };
  },
};

/** A soak reads its memory again and again, and says itself where it could not. */
function livesIn(records: readonly RunRecord[]): readonly FootprintSample[] {
  return kindOf(records, 'footprint').filter((record) => record.scenario !== 'soak');
}

function momentsMissing(readings: readonly FootprintSample[]): readonly Moment[] {
  const at = (moment: Moment, figure: (it: FootprintSample) => number | null) =>
    readings.some((it) => it.moment === moment && figure(it) !== null);
  const own = READ_AT.filter((it) => !at(it, (one) => one.cgroupBytes) || !at(it, (one) => one.functionPssBytes));
  const machine = MACHINE_AT.filter((it) => !at(it, (one) => one.machineAvailableBytes));
  return [...new Set([...machine, ...own])];
}
