import {
  type Bracket,
  blocksLasting,
  type CapacityCeiling,
  clueOfRamp,
  clueOfRamps,
  cluesOfStep,
  concluded,
  type Deployable,
  extensionMs,
  forEachCell,
  isHopeless,
  judgeSlo,
  LONGEST_STEP,
  type LoadAsked,
  type LoadOutcome,
  type LoadPlace,
  type LoadScenario,
  type LoadSecond,
  type LoadStage,
  type LoadSystem,
  lasting,
  loadMs,
  type MeasuredTrial,
  MOST_RAMPS,
  MOST_STEPS,
  nextRamp,
  nextRate,
  type Path,
  parseSlo,
  type RampSeen,
  rampSeconds,
  type SearchStep,
  type Span,
  STEP_CONFIDENCE,
  searchTakes,
  shuffled,
  stepsByDoubling,
  type Trial,
  together,
} from '../harness/api/index.ts';

/** What counts as sustained unless the user says so: most of a person's patience, and hardly an error. */
const SLO = parseSlo('p99<100ms,errors<0.1%');
/** Each closed loop by itself: enough for one to fill a processor. */
const CONNECTIONS = [1, 2, 4, 8, 16, 32] as const;
const CEILING_MS = 5_000;

/**
 * How much a function sustains: closed loops of growing width for the ceiling, then a search for the highest rate of an
 * open loop at which the objective is kept: a ramp says where to look, and steps on either side of what is believed close
 * in on it. Every step is a measurement of its own.
 */
export const scenario: LoadScenario = {
  name: 'throughput',
  summary: 'the highest rate at which the objective is kept, and the ceiling of closed loops',
  measures: 'load',
  bounded: `each search ends after at most ${MOST_RAMPS} ramps and ${MOST_STEPS} steps, none longer than ${LONGEST_STEP} measurements`,
  takes: (asked) => blocksLasting(asked, pathsTake(asked)),
  async run(stage) {
    const { paths } = stage.load;
    await forEachCell(
      stage,
      {
        name: 'throughput',
        of: (functions) => functions.flatMap((deployable) => paths.map((path) => ({ deployable, path }))),
        words: ({ deployable, path }) => `${deployable.name} · ${path}`,
      },
      (cell, at) => capacityOf({ stage, ...cell, ...at }),
    );
  },
};

/** On every path one search, with closed loops before it where there are any. */
function pathsTake({ load, closedLoops }: LoadAsked): Span {
  const loops = lasting(CONNECTIONS.length * loadMs({ warmUpMs: load.warmUpMs, durationMs: CEILING_MS }));
  const onPaths = load.paths.map((path) => {
    const isAfterLoops = closedLoops && path === 'gateway';
    return together([...(isAfterLoops ? [loops] : []), searchTakes(load, isAfterLoops)]);
  });
  return together(onPaths);
}

interface Search {
  readonly stage: LoadStage;
  readonly system: LoadSystem;
  readonly place: LoadPlace;
  readonly deployable: Deployable;
  readonly path: Path;
  readonly say: (what: string) => void;
}

async function capacityOf(search: Search): Promise<void> {
  const { stage, system, place, deployable, path } = search;
  const slo = stage.load.slo ?? SLO;
  // Only the gateway is reached by a closed loop, which does not run on the machine under test.
  const ceilings = path === 'gateway' && system.closedLoops ? await ceilingsOf(search) : [];
  const highest = Math.max(0, ...ceilings.map((it) => it.perSecond));
  const ramps = await rampUp(search, highest === 0 ? undefined : highest);
  const { sent, steps } = await knee(search, ramps);
  const found = concluded(steps);
  await stage.record({
    kind: 'capacity',
    platform: system.platform.label,
    ...place,
    function: deployable.name,
    path,
    ...sent,
    slo: slo.text,
    ...found,
    search: {
      ramps: ramps.length,
      steps: steps.length,
      stepsByDoubling: stepsByDoubling(found.sustainedPerSecond ?? 0),
    },
    steps: [...steps],
    ceilings,
  });
}

async function ceilingsOf(search: Search): Promise<CapacityCeiling[]> {
  const ceilings: CapacityCeiling[] = [];
  for (const connections of shuffled(CONNECTIONS, search.stage.random)) {
    search.say(`${connections} connections`);
    const { trial, outcome } = await measureOnce(search, { kind: 'closed', connections, durationMs: CEILING_MS });
    const { valid: counts, whyNot, throughputPerSecond: perSecond } = outcome;
    ceilings.push({ connections, perSecond, trial, counts, whyNot });
  }
  return ceilings.sort((a, b) => a.connections - b.connections);
}

/**
 * Lets the rate grow evenly until the objective breaks: where it does points at what is sustained. The ramp ends a little
 * above what closed loops have reached, so that it is no slower to come to the point than to the end.
 */
async function rampUp(search: Search, ceiling: number | undefined): Promise<readonly RampSeen[]> {
  const { durationMs, slo = SLO } = search.stage.load;
  const ramps: RampSeen[] = [];
  for (let range = nextRamp(ramps, ceiling); range !== undefined; range = nextRamp(ramps, ceiling)) {
    search.say(`ramp from ${range.fromPerSecond} to ${range.toPerSecond}/s`);
    const arrivals = { kind: 'ramping', ...range, durationMs } as const;
    const seconds: LoadSecond[] = [];
    await measureOnce(search, arrivals, (second) => seconds.push(second));
    ramps.push({ ...range, clue: clueOfRamp(arrivals, rampSeconds(slo, seconds)) });
  }
  return ramps;
}

interface Knee {
  readonly sent: Pick<LoadOutcome, 'payloadBytes' | 'body'>;
  readonly steps: readonly SearchStep[];
}

/** Looks around what the ramps point at until the kept and the broken rate are close to each other. */
async function knee(search: Search, ramps: readonly RampSeen[]): Promise<Knee> {
  const clues = [clueOfRamps(ramps)];
  let sent: Knee['sent'] = { payloadBytes: 0, body: null };
  let bracket: Bracket = { kept: undefined, broken: undefined };
  const steps: SearchStep[] = [];
  for (let rate = nextRate(bracket, clues); rate !== undefined; rate = nextRate(bracket, clues)) {
    if (steps.length === MOST_STEPS) break;
    search.say(`step ${steps.length + 1}, ${rate}/s`);
    const held = await hold(search, rate);
    steps.push(held.step);
    sent = held.sent;
    const { verdict } = held.step;
    bracket = verdict === 'kept' ? { ...bracket, kept: rate } : { ...bracket, broken: rate };
    clues.push(...cluesOfStep({ ratePerSecond: rate, verdict, answeredPerSecond: held.answeredPerSecond }));
    // At lower rates there would be fewer requests still.
    if (held.isHopeless && bracket.kept === undefined) break;
  }
  return { sent, steps };
}

interface Held {
  readonly step: SearchStep;
  readonly sent: Knee['sent'];
  /** Null where the platform died. */
  readonly answeredPerSecond: number | null;
  /** No number of requests that this search sends at this rate would decide it. */
  readonly isHopeless: boolean;
}

/** Holds a rate until the objective is decided, at most four times as long as one measurement takes. */
async function hold(search: Search, ratePerSecond: number): Promise<Held> {
  const { durationMs, slo = SLO } = search.stage.load;
  const measured = [await measureOnce(search, { kind: 'constant', ratePerSecond, durationMs })];
  const judged = () => {
    const seconds = measured.flatMap((it) => it.seconds);
    return judgeSlo(slo, seconds, STEP_CONFIDENCE);
  };
  const first = judged();
  const longerMs = extensionMs(first, ratePerSecond, durationMs);
  if (longerMs > 0 && measured[0]?.died === undefined) {
    search.say(`${ratePerSecond}/s, not decided yet`);
    measured.push(await measureOnce(search, { kind: 'constant', ratePerSecond, durationMs: longerMs }));
  }
  const objective = judged();
  const outcomes = measured.map((it) => it.outcome);
  const reasons = outcomes.flatMap((it) => it.whyNot ?? []);
  const deaths = measured.flatMap((it) => it.died ?? []);
  const [{ payloadBytes, body } = { payloadBytes: 0, body: null }] = outcomes;
  return {
    step: {
      ratePerSecond,
      trials: measured.map((it) => it.trial),
      ...verdictOf(objective, outcomes, deaths),
      counts: reasons.length === 0,
      whyNot: reasons.length === 0 ? null : reasons.join('; '),
    },
    sent: { payloadBytes, body },
    answeredPerSecond: deaths.length > 0 ? null : Math.max(0, ...outcomes.map((it) => it.throughputPerSecond)),
    isHopeless: isHopeless(first),
  };
}

/**
 * Latencies count from when a request was due, so an objective that is kept is kept whatever the generator's own lag. One
 * that is broken may be the generator's fault, which is then said.
 */
function verdictOf(
  objective: ReturnType<typeof judgeSlo>,
  outcomes: readonly LoadOutcome[],
  deaths: readonly string[],
): Pick<SearchStep, 'verdict' | 'why'> {
  if (deaths.length > 0) return { verdict: 'broken', why: deaths.join('; ') };
  const dropped = outcomes.reduce((sum, it) => sum + it.dropped, 0);
  if (dropped > 0) return { verdict: 'broken', why: `${dropped} requests could not be sent in time` };
  const { verdict, why } = objective;
  const gates = outcomes.flatMap((it) => it.gates);
  const late = gates.find((gate) => gate.id === 'on-time' && gate.status === 'failed');
  if (verdict === 'kept' || late === undefined) return { verdict, why };
  return { verdict, why: `${why}; the generator itself was late: ${late.measured}` };
}

async function measureOnce(
  search: Search,
  arrivals: Trial['arrivals'],
  onSecond: (second: LoadSecond) => void = () => {},
): Promise<MeasuredTrial> {
  const { stage, system, place, deployable, path } = search;
  stage.signal.throwIfAborted();
  const trial = {
    scenario: 'throughput',
    deployable,
    path,
    arrivals,
    payload: stage.load.payloads[0] ?? 'own',
    purpose: 'probe',
    slo: stage.load.slo ?? SLO,
  } as const;
  return await stage.measure(system, place, trial, onSecond);
}
