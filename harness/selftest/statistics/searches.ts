import type { Random } from '../../core/random.ts';
import { type StatisticsCase, shareOf } from './cases.ts';
import { curveKinds, drawCurve, type ResponseCurve } from './response-curves.ts';
import { searched, searchedByDoubling } from './simulated-search.ts';

const CURVES = 300;
/** With the ramp. */
const STEPS = 6;
const NEAR = 0.1;

/** How well the search for what is sustained finds it, and in how many steps. */
export const searchCases: readonly StatisticsCase[] = [
  overCurves(
    'steps',
    `a search takes more than ${STEPS} steps, its ramps among them`,
    { max: 0.5 },
    (curve, random) => searched(curve, random).steps > STEPS,
  ),
  overCurves(
    'near',
    'what a search has found lies within 10 % of the true limit',
    { min: 0.9 },
    (curve, random) => Math.abs((searched(curve, random).sustained ?? 0) / curve.limit - 1) <= NEAR,
  ),
  overCurves(
    'worse',
    'a search takes more steps than doubling and bisection to the same precision',
    { max: 0.05 },
    (curve, random) => searched(curve, random).steps > searchedByDoubling(curve, random).steps,
  ),
];

function overCurves(
  name: string,
  claim: string,
  limits: StatisticsCase['limits'],
  isSo: (curve: ResponseCurve, random: Random) => boolean,
): StatisticsCase {
  return {
    name: `search-${name}`,
    claim,
    limits,
    repetitions: CURVES,
    run: (random, repetitions) =>
      shareOf(repetitions, (i) => isSo(drawCurve(curveKinds[i % curveKinds.length] ?? 'queue', random), random)),
  };
}
