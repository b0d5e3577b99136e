import {
  type Deployable,
  forecastDensity,
  GivreError,
  type LoadBlock,
  loadBlocks,
  type MachineMemory,
  type Occupancy,
  type Scenario,
  type Stage,
  shuffled,
} from '../harness/api/index.ts';

/** The addresses of the functions' network, and far more than any machine of today holds. */
const MOST = 5_000;

interface Filling {
  readonly stage: Stage;
  readonly block: LoadBlock;
  readonly deployable: Deployable;
  readonly round: number;
}

/**
 * How many functions fit on the machine: forecast from what the first few cost at the margin, then deployed until one
 * cannot be, does not answer, or the kernel kills for want of memory. A machine that was filled up is good for nothing
 * else: give it a limit (`--machine-memory 2g`) and one function at a time.
 */
export const scenario: Scenario = {
  name: 'density',
  summary: 'how many functions fit on the machine: forecast, then truth',
  measures: 'load',
  defaults: { levels: [], samples: 0 },
  async run(stage) {
    const blocks = loadBlocks(stage);
    for (const block of blocks) {
      await block.system.activate();
      for (const [round, deployable] of shuffled(block.system.functions, stage.random).entries()) {
        await fill({ stage, block, deployable, round });
      }
    }
    stage.progress(1, 1, 'density: all measured');
  },
};

async function fill(filling: Filling): Promise<void> {
  const { stage, block, deployable, round } = filling;
  const { system } = block;
  const place = { platform: system.platform.label, block: block.number, round, function: deployable.name };
  const seen: Occupancy[] = [];
  const there: Deployable[] = [];
  const begun = await system.machineMemory();
  let last = begun;
  let forecast: ReturnType<typeof forecastDensity> = null;
  let basedOn = 0;
  let why: string | undefined;
  try {
    while (why === undefined && there.length < MOST) {
      stage.signal.throwIfAborted();
      const next = numbered(deployable, there.length + 1);
      there.push(next);
      const outcome = await tryOne(filling, next, begun, last);
      // An interruption is no limit of the machine.
      stage.signal.throwIfAborted();
      why = outcome.why;
      last = outcome.memory;
      const { usedBytes, limitBytes } = outcome.memory;
      const { latencyNs } = outcome;
      await stage.record({ kind: 'density-step', ...place, deployed: there.length, usedBytes, limitBytes, latencyNs });
      if (why === undefined) seen.push({ deployed: there.length, usedBytes });
      if (forecast === null) {
        forecast = forecastDensity(seen, limitBytes);
        basedOn = there.length;
        if (forecast !== null) {
          await stage.record({ kind: 'density', ...place, ...forecast, basedOn, limitBytes, truth: null, why: null });
        }
      }
      const of = forecast === null ? '' : ` of about ${forecast.forecast}`;
      stage.progress(there.length, forecast?.forecast ?? there.length * 7, `${deployable.name} × ${there.length}${of}`);
    }
    if (forecast === null) throw tooFew(deployable.name, seen.length, why);
    const { limitBytes } = begun;
    const end = { truth: seen.length, why: why ?? `${MOST} fit` };
    await stage.record({ kind: 'density', ...place, ...forecast, basedOn, limitBytes, ...end });
  } finally {
    await removeWhileItGoes(filling, there);
  }
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
function tooFew(name: string, count: number, why: string | undefined): GivreError {
  return new GivreError({
    code: 'E_DENSITY',
    message: `only ${count} of ${name} fit on the machine, too few to forecast from: ${why ?? 'no reason was seen'}`,
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
  let why: string | undefined;
  try {
    await system.deploy(next);
    const answer = await system.warm(next);
    latencyNs = answer.latencyNs;
    if (!answer.correct) why = 'it does not answer right';
  } catch (error) {
    why = error instanceof Error ? error.message : String(error);
  }
  const memory = await system.machineMemory().catch(() => undefined);
  // A machine without memory may not even start the program that would read it.
  if (memory === undefined) return { latencyNs, why: why ?? 'the machine does not answer any more', memory: last };
  const killed = (memory.oomKills ?? 0) - (begun.oomKills ?? 0);
  if (killed > 0) why = `the kernel killed ${killed} ${killed === 1 ? 'process' : 'processes'} for want of memory`;
  return { latencyNs, why, memory };
}
