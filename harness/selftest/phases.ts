import { percent } from '../core/percent.ts';
import { unexplainedShare } from '../judging/gates/explained.ts';
import { type ColdStartSample, type Level, type PhaseName, phaseNames } from '../runs/schema.ts';
import { shiftEstimate } from '../statistics/hodges-lehmann.ts';
import { median } from '../statistics/median.ts';
import { type Claim, claim, ms } from './claims.ts';
import { coldStarts, durationsOf, runOnce, type SelfContext, scaled } from './runs.ts';

const RESIDUAL_LIMIT = 0.05;
const DELAY_MS = 20;
const TOLERANCE_NS = 3e6;

/** The phases add up to the total, for every function, at L1 and L2. */
export async function residualClaims(context: SelfContext): Promise<readonly Claim[]> {
  const choice = { platform: 'control', functions: undefined, levels: ['L1', 'L2'], samples: scaled(context, 20) };
  const { manifest, records } = await runOnce(context, choice);
  const samples = coldStarts(records).filter((it) => it.verdict === 'ok');
  const cells = manifest.levels.flatMap((level) => manifest.functions.map(({ name }) => ({ level, name })));
  return cells.map(({ level, name }) => {
    const own = samples.filter((it) => it.level === level && it.function === name);
    const share = median(own.map(unexplainedShare));
    const measured = `${percent(share, 2)} of the total (n = ${own.length})`;
    return claim(
      `residual ${level} ${name}`,
      'phases explain the total: median residual ≤ 5 %',
      measured,
      share <= RESIDUAL_LIMIT,
    );
  });
}

/**
 * A delay put into one step appears in that phase and in no other. Shifts are Hodges–Lehmann estimates over samples of
 * both controls, taken in short alternating blocks; `remains` exists only at L1, and makes the others noisy there.
 */
export async function delayClaims(context: SelfContext): Promise<readonly Claim[]> {
  return [
    ...(await delaysAt(context, 'L2', ['newtask', 'cni', 'start', 'ready'], scaled(context, 80))),
    ...(await delaysAt(context, 'L1', ['remains'], scaled(context, 150))),
  ];
}

async function delaysAt(
  context: SelfContext,
  level: Level,
  steps: readonly PhaseName[],
  samples: number,
): Promise<readonly Claim[]> {
  const run = await runOnce(context, {
    platform: ['control', ...steps.map(delayed)].join(','),
    functions: 'rust-hello',
    levels: [level],
    samples,
    roundsPerBlock: 5,
  });
  const ok = (platform: string) => coldStarts(run.records, platform).filter((it) => it.verdict === 'ok');
  const plain = ok('control');
  return steps.map((step) => delayClaim(step, plain, ok(delayed(step))));
}

function delayed(step: PhaseName): string {
  return `control+delay-${step}=${DELAY_MS}ms`;
}

function delayClaim(step: PhaseName, plain: readonly ColdStartSample[], samples: readonly ColdStartSample[]): Claim {
  const shifts = phaseNames.map((name) => {
    const shift = shiftEstimate(durationsOf(samples, name), durationsOf(plain, name));
    return { name, ns: shift?.estimate ?? Number.NaN };
  });
  const wanted = (name: PhaseName): number => (name === step ? DELAY_MS * 1e6 : 0);
  const wrong = shifts.filter((shift) => !(Math.abs(shift.ns - wanted(shift.name)) <= TOLERANCE_NS));
  const own = shifts.find((shift) => shift.name === step)?.ns ?? Number.NaN;
  const [other] = shifts.filter((it) => it.name !== step).sort((a, b) => Math.abs(b.ns) - Math.abs(a.ns));
  const elsewhere = other === undefined ? '' : `, largest change elsewhere ${ms(other.ns)} in ${other.name}`;
  return claim(
    `delay ${step}`,
    `a delay of ${DELAY_MS} ms in ${step} appears there, ± 3 ms, and nowhere else`,
    `${step} +${ms(own)}${elsewhere} (n = ${samples.length} and ${plain.length})`,
    wrong.length === 0,
  );
}
