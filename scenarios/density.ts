import {
  alternatingBlocks,
  type Block,
  blocksLasting,
  type Deployable,
  forecastDensity,
  GivreError,
  type LoadScenario,
  type LoadStage,
  type LoadSystem,
  type MachineMemory,
  type Occupancy,
  shuffled,
} from '../harness/api/index.ts';

/** The addresses of the functions' network, and far more than any machine of today holds. */
const MOST = 5_000;
/** Of a function on a machine of 2 GiB; an edition's limit is the fewest. */
const TYPICAL = 350;
const FEWEST = 15;
const EACH_MS = 1_000;

interface Filling {
  readonly stage: LoadStage;
  readonly block: Block<LoadSystem>;
  readonly deployable: Deployable;
  readonly round: number;
}

/**
 * How many functions fit on the machine: forecast from what the first few cost at the margin, then deployed until one
 * cannot be, does not answer, or the kernel kills for want of memory. A machine that was filled up is good for nothing
 * else: give it a limit (`--machine-memory 2g`) and one function at a time. Where the platform's edition allows no more
 * functions, that is the end, and says nothing about the machine.
 */
export const scenario: LoadScenario = {
  name: 'density',
  summary: 'how many functions fit on the machine: forecast, then truth',
  measures: 'load',
  bounded: `at most ${MOST} functions are tried`,
  takes: (asked) =>
    blocksLasting(asked, { leastMs: FEWEST * EACH_MS, typicalMs: TYPICAL * EACH_MS, mostMs: MOST * EACH_MS }),
  async run(stage) {
    for (const block of alternatingBlocks(stage, stage.load.blocks)) {
      await block.system.activate();
      for (const [round, deployable] of shuffled(block.system.functions, stage.random).entries()) {
        await fill({ stage, block, deployable, round });
      }
    }
    stage.progress(1, 1, 'density: all measured');
  },
};

async function fill(filling: Filling): Promise<void> {
  const { stage, block, deployable } = filling;
  const begun = await block.system.machineMemory();
  const there: Deployable[] = [];
  try {
    const { fitted, forecast, basedOn, end } = await deployUntilTheEnd(filling, begun, there);
    if (forecast === null && end.editionLimit === null) throw tooFew(deployable.name, fitted, end.why);
    const estimate = { ...(forecast ?? NO_FORECAST), basedOn, limitBytes: begun.limitBytes };
    await stage.record({ kind: 'density', ...placeOf(filling), ...estimate, truth: fitted, ...end });
  } finally {
    await removeWhileItGoes(filling, there);
  }
}

interface Filled {
  /** Functions that ran and answered. */
  readonly fitted: number;
  readonly forecast: ReturnType<typeof forecastDensity>;
  readonly basedOn: number;
  readonly end: End;
}

const NO_FORECAST = {
  forecast: null,
  forecastLower: null,
  forecastUpper: null,
  perFunctionBytes: null,
  perFunctionLowerBytes: null,
  perFunctionUpperBytes: null,
};

/** Why there is no more. */
interface End {
  readonly why: string;
  /** How many functions the platform's edition allows, where it was that which refused one more. */
  readonly editionLimit: number | null;
}

/** Deploys one after the other; `there` are all that were tried, for whoever has to take them away. */
async function deployUntilTheEnd(filling: Filling, begun: MachineMemory, there: Deployable[]): Promise<Filled> {
  const { stage, deployable } = filling;
  const place = placeOf(filling);
  const seen: Occupancy[] = [];
  let last = begun;
  let forecast: Filled['forecast'] = null;
  let basedOn = 0;
  let end: End | undefined;
  while (end === undefined && there.length < MOST) {
    stage.signal.throwIfAborted();
    const next = numbered(deployable, there.length + 1);
    there.push(next);
    const outcome = await tryOne(filling, next, begun, last);
    // An interruption is no limit of the machine.
    stage.signal.throwIfAborted();
    ({ end, memory: last } = outcome);
    const { usedBytes, limitBytes } = last;
    const deployed = there.length;
    await stage.record({
      kind: 'density-step',
      ...place,
      deployed,
      usedBytes,
      limitBytes,
      latencyNs: outcome.latencyNs,
    });
    if (end === undefined) seen.push({ deployed, usedBytes });
    if (forecast === null) {
      // Behind an edition's limit nothing comes that one could wait for.
      forecast = forecastDensity(seen, limitBytes, { noMore: typeof end?.editionLimit === 'number' });
      basedOn = seen.length;
      const open = { basedOn, limitBytes, truth: null, why: null, editionLimit: null };
      if (forecast !== null) await stage.record({ kind: 'density', ...place, ...forecast, ...open });
    }
    const of = forecast === null ? '' : ` of about ${forecast.forecast}`;
    stage.progress(deployed, forecast?.forecast ?? deployed * 7, `${deployable.name} × ${deployed}${of}`);
  }
  return { fitted: seen.length, forecast, basedOn, end: end ?? full(`${MOST} fit`) };
}

function placeOf({ block, deployable, round }: Filling) {
  return { platform: block.system.platform.label, block: block.number, round, function: deployable.name };
}

/** A machine without memory does not always let go of them; it is removed as a whole anyway, so nobody waits for each. */
async function removeWhileItGoes({ block: { system }, stage }: Filling, there: readonly Deployable[]): Promise<void> {
  let failures = 0;
  for (const one of there.toReversed()) {
    if (failures >= 3 || stage.signal.aborted) return;
    await system.remove(one).catch(() => {
      failures += 1;
    });
  }
}

/** No forecast without some functions that run: the machine is too small, or another function has filled it up before. */
function tooFew(name: string, count: number, why: string): GivreError {
  return new GivreError({
    code: 'E_DENSITY',
    message: `only ${count} of ${name} fit on the machine, too few to forecast from: ${why}`,
    hint: 'a machine that was filled up once may be good for nothing else: one function a run, or a larger machine',
  });
}

function numbered(deployable: Deployable, number: number): Deployable {
  const name = `${deployable.name}-${number}`;
  return { ...deployable, name, deployment: { ...deployable.deployment, service: name } };
}

/** Deploys one more and asks it. */
async function tryOne({ block: { system } }: Filling, next: Deployable, begun: MachineMemory, last: MachineMemory) {
  let latencyNs: number | null = null;
  let end: End | undefined;
  try {
    await system.deploy(next);
    const answer = await system.warm(next);
    latencyNs = answer.latencyNs;
    if (!answer.correct) end = full('it does not answer right');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    end = { why, editionLimit: system.editionLimitOf(error) ?? null };
  }
  const memory = await system.machineMemory().catch(() => undefined);
  // A machine without memory may not even start the program that would read it.
  if (memory === undefined) {
    return { latencyNs, end: end ?? full('the machine does not answer any more'), memory: last };
  }
  const killed = (memory.oomKills ?? 0) - (begun.oomKills ?? 0);
  if (killed > 0) {
    end = full(`the kernel killed ${killed} ${killed === 1 ? 'process' : 'processes'} for want of memory`);
  }
  return { latencyNs, end, memory };
}

function full(why: string): End {
  return { why, editionLimit: null };
}
