import {
  breakingRate,
  type Deployable,
  HIGHEST_RATE,
  type LoadOutcome,
  type LoadPlace,
  type LoadSecond,
  loadBlocks,
  nextRate,
  type Path,
  parseSlo,
  runTrial,
  type Scenario,
  type Stage,
  type System,
  shuffled,
  stepsOfSearch,
  withDeployed,
} from '../harness/api/index.ts';

/** What counts as sustained unless the user says so: most of a person's patience, and hardly an error. */
const SLO = parseSlo('p99<100ms,errors<0.1%');
/** Each closed loop by itself: enough for one to fill a processor. */
const CONNECTIONS = [1, 2, 4, 8, 16, 32] as const;
const CEILING_MS = 5_000;
/** A ramp begins here, and ends above what closed loops reach; without any it goes on eightfold until it breaks. */
const RAMP_FROM = 20;
const ABOVE_CEILING = 1.25;
const RAMP_GROWTH = 8;

/**
 * How much a function sustains: closed loops of growing width for the ceiling, then a search for the highest rate of an
 * open loop at which the objective is kept: a ramp says where to look, and bisection finds it. Every step is a measurement
 * of its own.
 */
export const scenario: Scenario = {
  name: 'throughput',
  summary: 'the highest rate at which the objective is kept, and the ceiling of closed loops',
  measures: 'load',
  defaults: { levels: [], samples: 0 },
  async run(stage) {
    const blocks = loadBlocks(stage);
    const searches = blocks.reduce((sum, { system }) => sum + system.functions.length, 0) * stage.load.paths.length;
    let done = 0;
    for (const block of blocks) {
      await withDeployed(stage, block, async () => {
        const cells = block.system.functions.flatMap((deployable) =>
          stage.load.paths.map((path) => ({ deployable, path })),
        );
        for (const [round, { deployable, path }] of shuffled(cells, stage.random).entries()) {
          const place = { block: block.number, round };
          const say = (what: string): void =>
            stage.progress(done, searches, `${block.system.platform.label} · ${deployable.name} · ${path} · ${what}`);
          await capacityOf({ stage, system: block.system, place, deployable, path, say });
          done += 1;
        }
      });
    }
    stage.progress(searches, searches, 'throughput: all measured');
  },
};

interface Search {
  readonly stage: Stage;
  readonly system: System;
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
  const { guess, ramps } = await rampUp(search, highest === 0 ? undefined : highest);
  const { kept, broken, why, sent, steps } = await knee(search, guess);
  await stage.record({
    kind: 'capacity',
    platform: system.platform.label,
    ...place,
    function: deployable.name,
    path,
    ...sent,
    slo: slo.text,
    sustainedPerSecond: kept ?? null,
    brokenPerSecond: broken ?? null,
    why: why ?? null,
    search: { ramps, steps, stepsByDoubling: stepsOfSearch(kept ?? 0, undefined) },
    ceilings,
  });
}

async function ceilingsOf(search: Search) {
  const ceilings: { connections: number; perSecond: number }[] = [];
  for (const connections of shuffled(CONNECTIONS, search.stage.random)) {
    search.say(`${connections} connections`);
    const { throughputPerSecond } = await step(search, { kind: 'closed', connections, durationMs: CEILING_MS });
    ceilings.push({ connections, perSecond: throughputPerSecond });
  }
  return ceilings.sort((a, b) => a.connections - b.connections);
}

/**
 * Lets the rate grow evenly until the objective breaks: where it does is a guess at what is sustained. The ramp ends a
 * little above what closed loops have reached, so that it is no slower to come to the point than to the end.
 */
async function rampUp(search: Search, ceiling: number | undefined): Promise<{ guess: number; ramps: number }> {
  const { load } = search.stage;
  let fromPerSecond = RAMP_FROM;
  let toPerSecond = ceiling === undefined ? RAMP_FROM * RAMP_GROWTH : Math.ceil(ceiling * ABOVE_CEILING);
  for (let ramps = 1; ; ramps++) {
    toPerSecond = Math.min(HIGHEST_RATE, Math.max(fromPerSecond + 1, toPerSecond));
    search.say(`${fromPerSecond} to ${toPerSecond}/s`);
    const arrivals = { kind: 'ramping', fromPerSecond, toPerSecond, durationMs: load.durationMs } as const;
    const seconds: LoadSecond[] = [];
    await step(search, arrivals, (second) => seconds.push(second));
    const broken = breakingRate(arrivals, seconds, load.slo ?? SLO);
    if (broken !== undefined || toPerSecond >= HIGHEST_RATE) return { guess: broken ?? HIGHEST_RATE, ramps };
    fromPerSecond = toPerSecond;
    toPerSecond *= RAMP_GROWTH;
  }
}

interface Knee {
  readonly sent: Pick<LoadOutcome, 'payloadBytes' | 'body'>;
  readonly kept: number | undefined;
  readonly broken: number | undefined;
  readonly why: string | undefined;
  readonly steps: number;
}

/** Looks around the guess until the kept and the broken rate are close to each other. */
async function knee(search: Search, guess: number): Promise<Knee> {
  let sent: Knee['sent'] = { payloadBytes: 0, body: null };
  let kept: number | undefined;
  let broken: number | undefined;
  let why: string | undefined;
  let steps = 0;
  for (let rate = nextRate({ kept, broken }, guess); rate !== undefined; rate = nextRate({ kept, broken }, guess)) {
    search.say(`${rate}/s`);
    const durationMs = search.stage.load.durationMs;
    const outcome = await step(search, { kind: 'constant', ratePerSecond: rate, durationMs });
    steps += 1;
    sent = { payloadBytes: outcome.payloadBytes, body: outcome.body };
    const reason = whyBroken(outcome);
    if (reason === undefined) {
      kept = rate;
    } else {
      broken = rate;
      why = reason;
    }
  }
  return { sent, kept, broken, why, steps };
}

/**
 * Latencies count from when a request was due, so an objective that is kept is kept whatever the generator's own lag. One
 * that is broken may be the generator's fault, which is then said.
 */
function whyBroken({ slo, dropped, gates }: LoadOutcome): string | undefined {
  if (dropped > 0) return `${dropped} requests could not be sent in time`;
  if (slo === null || slo.kept) return undefined;
  const late = gates.find((gate) => gate.id === 'on-time' && gate.status === 'failed');
  return late === undefined ? slo.why : `${slo.why}; the generator itself was late: ${late.measured}`;
}

async function step(
  search: Search,
  arrivals: Parameters<typeof runTrial>[3]['arrivals'],
  onSecond: (second: LoadSecond) => void = () => {},
): Promise<LoadOutcome> {
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
  return await runTrial(stage, system, place, trial, onSecond);
}
