import { percent } from '../core/percent.ts';
import {
  type BurstSample,
  type CapacitySample,
  type DensitySample,
  type FootprintSample,
  type Gate,
  isJudged,
  type RunRecord,
} from '../runs/schema.ts';
import { measurementGate, some } from './judge-gate.ts';

const EARLY_SHARE = 0.2;

/** Of scenarios whose measurements have no gates of their own. */
export function ownGates(records: readonly RunRecord[]): Gate[] {
  const of = <K extends RunRecord['kind']>(kind: K) =>
    records.filter((record): record is Extract<RunRecord, { kind: K }> => record.kind === kind);
  const densities = [...Map.groupBy(of('density'), fillingOf).values()].flatMap((same) => same.slice(-1));
  // An edition's limit says nothing about when the machine would have been full.
  const filled = densities.filter((record) => record.truth !== null && record.editionLimit === null);
  const lives = of('footprint').filter((record) => record.scenario !== 'soak');
  return [
    ...(of('capacity').length === 0 ? [] : [searchJudged(of('capacity'), records)]),
    ...(of('burst').length === 0 ? [] : [everyClientHeard(of('burst'))]),
    ...(lives.length === 0 ? [] : [memoryRead(lives)]),
    ...(of('density').length + of('density-step').length === 0 ? [] : [endReached(densities, of('density-step'))]),
    ...(filled.length === 0 ? [] : [forecastEarly(filled)]),
  ];
}

type Place = { readonly platform: string; readonly function: string; readonly block: number };

function fillingOf({ platform, function: name, block }: Place): string {
  return `${name} on ${platform}, block ${block}`;
}

/** What a search has found is as good as its steps: with none that was judged it rests on nothing. */
function searchJudged(found: readonly CapacitySample[], records: readonly RunRecord[]): Gate {
  const steps = records.filter((it) => it.kind === 'load').filter((it) => isJudged(it.gates));
  const keyOf = (it: Place & { readonly path: string }) =>
    JSON.stringify([it.platform, it.function, it.block, it.path]);
  const judged = new Set(steps.filter((it) => it.purpose === 'probe').map(keyOf));
  const bare = found.filter((it) => !judged.has(keyOf(it))).map(fillingOf);
  return measurementGate(
    'search-judged',
    bare.length === 0,
    `${found.length - bare.length} of ${found.length} searches rest on steps that were judged${bare.length === 0 ? '' : `; not ${some(bare)}`}`,
    'a rate that was found without a step at a constant rate has not been measured',
  );
}

function everyClientHeard(bursts: readonly BurstSample[]): Gate {
  const silent = bursts.filter((burst) => {
    const wrong = burst.wrong.reduce((sum, { n }) => sum + n, 0);
    return burst.correct + wrong !== burst.concurrency;
  });
  return measurementGate(
    'clients-heard',
    silent.length === 0,
    `all clients told of their first answer in ${bursts.length - silent.length} of ${bursts.length} bursts`,
    'the generator lost some of its clients: what they saw is not in the figures',
  );
}

/** When the function surely runs; later its own death under load may be why there is nothing to read. */
const READ_AT = ['idle', 'first', 'loaded'] as const satisfies readonly FootprintSample['moment'][];
/** What is read without the function, too: the machine's share of its cost is the difference of these two. */
const MACHINE_AT = ['before', 'idle'] as const satisfies readonly FootprintSample['moment'][];

function memoryRead(lives: readonly FootprintSample[]): Gate {
  const byLife = [...Map.groupBy(lives, fillingOf)];
  const missing = byLife.flatMap(([name, readings]) => {
    const at = (moment: FootprintSample['moment'], figure: (it: FootprintSample) => number | null) =>
      readings.some((it) => it.moment === moment && figure(it) !== null);
    const own = READ_AT.filter((it) => !at(it, (one) => one.cgroupBytes) || !at(it, (one) => one.functionPssBytes));
    const machine = MACHINE_AT.filter((it) => !at(it, (one) => one.machineAvailableBytes));
    const moments = [...new Set([...machine, ...own])];
    return moments.length === 0 ? [] : [`${name}: ${moments.join(', ')}`];
  });
  return measurementGate(
    'memory-read',
    missing.length === 0,
    `cgroup, processes and machine were read at each moment in ${byLife.length - missing.length} of ${byLife.length} lives of functions${missing.length === 0 ? '' : `; not ${some(missing)}`}`,
    'a figure that was not read is not 0: see the log of the agent and of the function',
  );
}

/** How many fit is known when one more did not, and not before. */
function endReached(ends: readonly DensitySample[], steps: readonly Place[]): Gate {
  const fillings = [...new Set([...steps, ...ends].map(fillingOf))];
  const known = new Set(ends.filter((it) => it.truth !== null).map(fillingOf));
  const open = fillings.filter((name) => !known.has(name));
  return measurementGate(
    'end-reached',
    open.length === 0,
    `deployed until one more did not run in ${fillings.length - open.length} of ${fillings.length} fillings${open.length === 0 ? '' : `; not ${some(open)}`}`,
    'a forecast without its truth is only a forecast',
  );
}

/** The end of the story is known later; by then a forecast must long have been made. */
function forecastEarly(filled: readonly DensitySample[]): Gate {
  const latest = Math.max(...filled.map((it) => it.basedOn / Math.max(1, it.truth ?? 0)));
  return measurementGate(
    'forecast-early',
    latest <= EARLY_SHARE,
    `made when at most ${percent(latest)} of the functions were there (limit 20 %)`,
    'a forecast that waits until the machine is nearly full shows nothing',
  );
}
