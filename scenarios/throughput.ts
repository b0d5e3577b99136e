import {
  type Deployable,
  type LoadOutcome,
  type LoadPlace,
  loadBlocks,
  type Path,
  parseSlo,
  runTrial,
  type Scenario,
  type Stage,
  type System,
  shuffled,
  withDeployed,
} from '../harness/api/index.ts';

/** What counts as sustained unless the user says so: most of a person's patience, and hardly an error. */
const SLO = parseSlo('p99<100ms,errors<0.1%');
/** Each closed loop by itself: enough for one to fill a processor. */
const CONNECTIONS = [1, 2, 4, 8, 16, 32] as const;
const CEILING_MS = 5_000;
const FIRST_RATE = 50;
const HIGHEST_RATE = 20_000;
/** The search ends when the kept and the broken rate differ by no more than this. */
const PRECISION = 1.1;

/**
 * How much a function sustains: closed loops of growing width for the ceiling, then a search for the highest rate of an
 * open loop at which the objective is kept, by doubling and bisection. Every step is a measurement of its own.
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
  const { kept, broken, why, sent } = await knee(search);
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

interface Knee {
  readonly sent: Pick<LoadOutcome, 'payloadBytes' | 'body'>;
  readonly kept: number | undefined;
  readonly broken: number | undefined;
  readonly why: string | undefined;
}

/** Doubles until the objective is broken, then halves the distance between the kept and the broken rate. */
async function knee(search: Search): Promise<Knee> {
  let sent: Knee['sent'] = { payloadBytes: 0, body: null };
  let kept: number | undefined;
  let broken: number | undefined;
  let why: string | undefined;
  for (let rate: number | undefined = FIRST_RATE; rate !== undefined; rate = nextRate(kept, broken)) {
    search.say(`${rate}/s`);
    const durationMs = search.stage.load.durationMs;
    const outcome = await step(search, { kind: 'constant', ratePerSecond: rate, durationMs });
    sent = { payloadBytes: outcome.payloadBytes, body: outcome.body };
    const reason = whyBroken(outcome);
    if (reason === undefined) {
      kept = rate;
    } else {
      broken = rate;
      why = reason;
    }
  }
  return { sent, kept, broken, why };
}

function nextRate(kept: number | undefined, broken: number | undefined): number | undefined {
  if (broken === undefined) return kept === undefined || kept >= HIGHEST_RATE ? undefined : kept * 2;
  const low = kept ?? 0;
  if (broken <= 1 || broken / Math.max(1, low) <= PRECISION) return undefined;
  const middle = kept === undefined ? Math.floor(broken / 4) : Math.round(Math.sqrt(low * broken));
  return middle <= low || middle >= broken || middle < 1 ? undefined : middle;
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

async function step(search: Search, arrivals: Parameters<typeof runTrial>[3]['arrivals']): Promise<LoadOutcome> {
  const { stage, system, place, deployable, path } = search;
  stage.signal.throwIfAborted();
  return await runTrial(stage, system, place, {
    scenario: 'throughput',
    deployable,
    path,
    arrivals,
    payload: stage.load.payloads[0] ?? 'own',
    purpose: 'probe',
    slo: stage.load.slo ?? SLO,
  });
}
