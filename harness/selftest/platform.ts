import type { Origin } from '../runs/schema.ts';
import { median } from '../statistics/median.ts';
import { type Claim, claim, ms } from './claims.ts';
import { coldStarts, phaseMedian, runOnce, type SelfContext, scaled } from './runs.ts';

const FLOOR_RATIO_LIMIT = 1.6;

/** The control is close to the floor and its first answer is correct; with `no-readiness` its failures are reported. */
export async function controlClaims(context: SelfContext): Promise<readonly Claim[]> {
  const wanted = scaled(context, 200);
  const run = await runOnce(context, {
    platform: 'control,control+no-readiness',
    functions: 'rust-hello',
    levels: ['L1'],
    samples: wanted,
  });
  const sound = coldStarts(run.records, 'control');
  const hasty = coldStarts(run.records, 'control+no-readiness');
  const floor = run.records.filter((it) => it.kind === 'floor').filter((it) => it.platform === 'control');
  const floorNs = median(floor.flatMap((it) => it.totalNs ?? []));
  const ownNs = median(sound.flatMap((it) => (it.totalNs === null ? [] : [it.totalNs])));
  const remainsNs = phaseMedian(sound, 'remains');
  const floorRemainsNs = phaseMedian(floor, 'remains');
  const correct = sound.filter((it) => it.firstAnswer.correct).length;
  const wrong = hasty.filter((it) => !it.firstAnswer.correct);
  const origins = countBy(wrong.map((it) => it.firstAnswer.origin));
  const ratio = ownNs / floorNs;
  return [
    claim(
      'floor distance',
      `control, L1, rust-hello: median ≤ ${FLOOR_RATIO_LIMIT} × the floor`,
      `${ratio.toFixed(2)} × (${ms(ownNs)} against ${ms(floorNs)}, n = ${sound.length}); without the removal of remains ` +
        `${((ownNs - remainsNs) / (floorNs - floorRemainsNs)).toFixed(2)} × (remains ${ms(remainsNs)}, floor's ${ms(floorRemainsNs)})`,
      ratio <= FLOOR_RATIO_LIMIT,
    ),
    claim(
      'first answer',
      `control: first answer correct in ${wanted} of ${wanted}`,
      `${correct} of ${sound.length}`,
      correct === wanted && sound.length === wanted,
    ),
    claim(
      'no-readiness',
      'control with no-readiness: wrong first answers are reported with their origin',
      `${wrong.length} of ${hasty.length} wrong: ${origins}`,
      wrong.length > 0 && wrong.every((it) => it.firstAnswer.origin !== null && it.firstAnswer.error !== null),
    ),
  ];
}

function countBy(origins: readonly (Origin | null)[]): string {
  const names = [...new Set(origins)];
  return names.map((name) => `${origins.filter((it) => it === name).length} by the ${name ?? 'unknown'}`).join(', ');
}
