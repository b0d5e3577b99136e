import { type PhaseName, phaseNames } from '../../runs/schema.ts';
import { type Claim, claim, ms } from './claims.ts';
import { coldStarts, median, phaseMedian, runOnce, type SelfContext, scaled } from './runs.ts';

const RESIDUAL_LIMIT = 0.05;
const DELAY_MS = 20;
const TOLERANCE_NS = 3e6;

/** Steps into which the control can be told to put a delay; each is the name of the phase that must show it. */
const STEPS = ['remains', 'newtask', 'cni', 'start', 'ready'] as const satisfies readonly PhaseName[];

/** The phases add up to the total, for every function, at L1 and L2. */
export async function residualClaims(context: SelfContext): Promise<readonly Claim[]> {
  const choice = { platform: 'control', functions: '*', levels: ['L1', 'L2'], samples: scaled(context, 20) };
  const samples = coldStarts((await runOnce(context, choice)).records).filter((it) => it.verdict === 'ok');
  const cells = [...new Set(samples.map((it) => `${it.level} ${it.function}`))].sort();
  return cells.map((cell) => {
    const own = samples.filter((it) => `${it.level} ${it.function}` === cell);
    const share = median(own.map((it) => (it.residualNs ?? 0) / (it.totalNs ?? 1)));
    const measured = `${(share * 100).toFixed(2)} % of the total (n = ${own.length})`;
    return claim(
      `residual ${cell}`,
      'phases explain the total: median residual ≤ 5 %',
      measured,
      share <= RESIDUAL_LIMIT,
    );
  });
}

/** A delay put into one step appears in that phase and in no other. */
export async function delayClaims(context: SelfContext): Promise<readonly Claim[]> {
  const delayed = STEPS.map((step) => `control+delay-${step}=${DELAY_MS}ms`);
  const run = await runOnce(context, {
    platform: ['control', ...delayed].join(','),
    functions: 'rust-hello',
    levels: ['L1'],
    samples: scaled(context, 30),
  });
  const ok = (platform: string) => coldStarts(run.records, platform).filter((it) => it.verdict === 'ok');
  const plain = ok('control');
  return STEPS.map((step) => {
    const samples = ok(`control+delay-${step}=${DELAY_MS}ms`);
    const shifts = phaseNames.map((name) => ({ name, ns: phaseMedian(samples, name) - phaseMedian(plain, name) }));
    const wanted = (name: PhaseName): number => (name === step ? DELAY_MS * 1e6 : 0);
    const wrong = shifts.filter((shift) => Math.abs(shift.ns - wanted(shift.name)) > TOLERANCE_NS);
    const own = shifts.find((shift) => shift.name === step)?.ns ?? 0;
    const others = Math.max(...shifts.filter((it) => it.name !== step).map((it) => Math.abs(it.ns)));
    const measured = `${step} +${ms(own)}, largest change elsewhere ${ms(others)} (n = ${samples.length})`;
    const where = wrong.length === 0 ? '' : `; out of bounds: ${wrong.map((it) => it.name).join(', ')}`;
    return claim(
      `delay ${step}`,
      `a delay of ${DELAY_MS} ms in ${step} appears there, ± 3 ms, and nowhere else`,
      `${measured}${where}`,
      samples.length > 0 && wrong.length === 0,
    );
  });
}
