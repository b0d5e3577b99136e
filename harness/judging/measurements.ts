import { bindingGates } from '../runs/binding-gates.ts';
import type { AsyncSample, Gate, LoadSample, RunRecord } from '../runs/schema.ts';
import { measurementName } from './measurement-name.ts';

/** The gates of all measurements, each once: failed if it failed for any for which it must hold. The others stand. */
export function gatesTogether(measurements: readonly (LoadSample | AsyncSample)[]): Gate[] {
  const judged = measurements.flatMap((load) => bindingGates(load).map((gate) => ({ load, gate })));
  return [...Map.groupBy(judged, ({ gate }) => gate.id)].map(([id, all]) => together(id, all));
}

interface Judged {
  readonly load: LoadSample | AsyncSample;
  readonly gate: Gate;
}

function together(id: string, all: readonly Judged[]): Gate {
  const failed = all.filter(({ gate }) => gate.status === 'failed');
  const passed = all.filter(({ gate }) => gate.status === 'passed');
  const [worst] = failed;
  const { hint = '', measured: first = '' } = all[0]?.gate ?? {};
  const of = (status: Gate['status'], measured: string): Gate => ({ id, status, measured, hint, scope: 'measurement' });
  if (worst !== undefined) {
    const which = `${failed.length} of ${all.length} measurements; first ${measurementName(worst.load)}`;
    return of('failed', `${which}: ${worst.gate.measured}`);
  }
  if (passed.length === 0) return of('not-evaluated', first);
  if (all.length === 1) return of('passed', first);
  const unseen = all.length - passed.length;
  return of(
    'passed',
    unseen === 0 ? `all of ${all.length} measurements` : `${passed.length} measurements, ${unseen} not seen`,
  );
}

/** Results that broke their objective, or of which nobody knows whether they did, in words. */
export function missedObjectives(records: readonly RunRecord[]): Readonly<Record<'broken' | 'undecided', string[]>> {
  const of = (verdict: 'broken' | 'undecided'): string[] =>
    records.flatMap((record) => {
      if (record.kind !== 'load' || record.purpose !== 'measure' || record.slo?.verdict !== verdict) return [];
      return [`${measurementName(record)}: ${record.slo.why}`];
    });
  const searches = records.flatMap((record) =>
    record.kind !== 'capacity' || record.counts
      ? []
      : [`what ${record.function} by ${record.path} sustains: ${record.whyNot}`],
  );
  return { broken: of('broken'), undecided: [...of('undecided'), ...searches] };
}
