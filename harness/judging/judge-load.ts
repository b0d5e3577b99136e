import { bindingGates, isRamp } from '../runs/binding-gates.ts';
import { type AsyncSample, type Gate, isJudged, type LoadSample, type RunRecord } from '../runs/schema.ts';
import { measurementGate, some } from './judge-gate.ts';

/** The gates of all measurements, each once: failed if it failed for any for which it must hold. The others stand. */
export function loadGates(loads: readonly (LoadSample | AsyncSample)[]): Gate[] {
  const judged = loads.flatMap((load) => bindingGates(load).map((gate) => ({ load, gate })));
  const ids = [...new Set(judged.map(({ gate }) => gate.id))];
  const all = ids.map((id) => together(judged.filter(({ gate }) => gate.id === id)));
  return loads.length === 0 ? all : [eachJudged(loads), ...all];
}

interface Judged {
  readonly load: LoadSample | AsyncSample;
  readonly gate: Gate;
}

function together(all: readonly Judged[]): Gate {
  const failed = all.filter(({ gate }) => gate.status === 'failed');
  const passed = all.filter(({ gate }) => gate.status === 'passed');
  const [worst] = failed;
  const { id = '', hint = '', measured: first = '' } = all[0]?.gate ?? {};
  if (worst !== undefined) {
    const measured = `${failed.length} of ${all.length} measurements; first ${nameOf(worst.load)}: ${worst.gate.measured}`;
    return measurementGate(id, false, measured, hint);
  }
  if (passed.length === 0) return measurementGate(id, null, first, hint);
  if (all.length === 1) return measurementGate(id, true, first, hint);
  const unseen = all.length - passed.length;
  const measured =
    unseen === 0 ? `all of ${all.length} measurements` : `${passed.length} measurements, ${unseen} not seen`;
  return measurementGate(id, true, measured, hint);
}

/** A measurement for which no gate could look has passed nothing. */
function eachJudged(loads: readonly (LoadSample | AsyncSample)[]): Gate {
  const own = loads.filter((load) => !isRamp(load));
  const bare = own.filter((load) => !isJudged(load.gates));
  return measurementGate(
    'judged',
    own.length > 0 && bare.length === 0,
    `${own.length - bare.length} of ${own.length} measurements were judged by gates that could look${bare.length === 0 ? '' : `; not ${some(bare.map(nameOf))}`}`,
    'what nobody has judged is no result',
  );
}

/** Results that broke their objective, or of which nobody knows whether they did, in words. */
export function missedObjectives(records: readonly RunRecord[]): Readonly<Record<'broken' | 'undecided', string[]>> {
  const of = (verdict: 'broken' | 'undecided'): string[] =>
    records.flatMap((record) => {
      if (record.kind !== 'load' || record.purpose !== 'measure' || record.slo?.verdict !== verdict) return [];
      return [`${nameOf(record)}: ${record.slo.why}`];
    });
  const searches = records.flatMap((record) =>
    record.kind !== 'capacity' || record.counts
      ? []
      : [`what ${record.function} by ${record.path} sustains: ${record.whyNot}`],
  );
  return { broken: of('broken'), undecided: [...of('undecided'), ...searches] };
}

function nameOf(measured: LoadSample | AsyncSample): string {
  if (measured.kind === 'async') return `${measured.function} asynchronously at ${measured.ratePerSecond}/s`;
  const { function: name, path, arrivals, payloadBytes } = measured;
  const load = loadOf(arrivals);
  return `${name} by ${path} at ${load}${payloadBytes === 0 ? '' : ` with ${payloadBytes} bytes`}`;
}

function loadOf(arrivals: LoadSample['arrivals']): string {
  switch (arrivals.kind) {
    case 'constant':
      return `${arrivals.ratePerSecond}/s`;
    case 'ramping':
      return `${arrivals.fromPerSecond} to ${arrivals.toPerSecond}/s`;
    case 'closed':
      return `${arrivals.connections} connections`;
  }
}
