import { bindingGates } from '../runs/binding-gates.ts';
import type { AsyncSample, BurstSample, DensitySample, Gate, LoadSample, RunRecord } from '../runs/schema.ts';

const EARLY_SHARE = 0.2;

/** The gates of all measurements, each once: failed if it failed for any for which it must hold. The others stand. */
export function loadGates(loads: readonly (LoadSample | AsyncSample)[]): Gate[] {
  const judged = loads.flatMap((load) => bindingGates(load).map((gate) => ({ load, gate })));
  const ids = [...new Set(judged.map(({ gate }) => gate.id))];
  return ids.map((id) => {
    const all = judged.filter(({ gate }) => gate.id === id);
    const failed = all.filter(({ gate }) => gate.status === 'failed');
    const passed = all.filter(({ gate }) => gate.status === 'passed');
    const [worst] = failed;
    const hint = all[0]?.gate.hint ?? '';
    const scope = 'measurement';
    if (worst !== undefined) {
      const measured = `${failed.length} of ${all.length} measurements; first ${nameOf(worst.load)}: ${worst.gate.measured}`;
      return { id, status: 'failed', measured, hint, scope };
    }
    if (passed.length === 0) return { id, status: 'not-evaluated', measured: all[0]?.gate.measured ?? '', hint, scope };
    const measured = all.length === 1 ? (all[0]?.gate.measured ?? '') : `all of ${passed.length} measurements`;
    return { id, status: 'passed', measured, hint, scope };
  });
}

/** Of scenarios whose measurements have no gates of their own. */
export function ownGates(records: readonly RunRecord[]): Gate[] {
  const bursts = records.filter((record) => record.kind === 'burst');
  const densities = records.filter((record) => record.kind === 'density');
  // An edition's limit says nothing about when the machine would have been full.
  const filled = densities.filter((record) => record.truth !== null && record.editionLimit === null);
  return [
    ...(bursts.length === 0 ? [] : [everyClientHeard(bursts)]),
    ...(filled.length === 0 ? [] : [forecastEarly(filled)]),
  ];
}

function everyClientHeard(bursts: readonly BurstSample[]): Gate {
  const silent = bursts.filter((burst) => {
    const wrong = burst.wrongByStatus.reduce((sum, { n }) => sum + n, 0);
    return burst.correct + wrong !== burst.concurrency;
  });
  return {
    id: 'clients-heard',
    status: silent.length === 0 ? 'passed' : 'failed',
    measured: `all clients told of their first answer in ${bursts.length - silent.length} of ${bursts.length} bursts`,
    hint: 'the generator lost some of its clients: what they saw is not in the figures',
    scope: 'measurement',
  };
}

/** The end of the story is known later; by then a forecast must long have been made. */
function forecastEarly(filled: readonly DensitySample[]): Gate {
  const latest = Math.max(...filled.map((it) => it.basedOn / Math.max(1, it.truth ?? 0)));
  return {
    id: 'forecast-early',
    status: latest <= EARLY_SHARE ? 'passed' : 'failed',
    measured: `made when at most ${(latest * 100).toFixed(1)} % of the functions were there (limit 20 %)`,
    hint: 'a forecast that waits until the machine is nearly full shows nothing',
    scope: 'measurement',
  };
}

/** Results that broke the objective, in words. */
export function brokenObjectives(loads: readonly LoadSample[]): string[] {
  return loads.flatMap((load) => {
    if (load.purpose !== 'measure' || load.slo === null || load.slo.kept) return [];
    return [`${nameOf(load)}: ${load.slo.why}`];
  });
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
