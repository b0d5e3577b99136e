import type { Random } from '../../core/random.ts';
import { changeOf } from '../../judging/gates/sentinel-steady.ts';
import type { SentinelSample } from '../../runs/schema.ts';
import { normal } from '../../statistics/noise.ts';
import { type StatisticsCase, shareOf } from './cases.ts';

/** Of the logarithm of a group's median, on a machine with much else to do: `docs/method.md`. */
const BETWEEN_GROUPS = 0.15;
/** So many groups meet something that slows them down by up to three times. */
const BURSTS = 0.02;
const REPETITIONS = 2000;

/** By which factor a group is slower; `at` is where in the run it lies, from 0 to 1. */
type Change = (at: number, position: SentinelSample['position']) => number;

const fromTheMiddle =
  (factor: number): Change =>
  (at) =>
    at >= 0.5 ? factor : 1;
const afterBlocks =
  (factor: number): Change =>
  (_at, position) =>
    position === 'after' ? factor : 1;
const inTheMiddle =
  (factor: number): Change =>
  (at) =>
    at >= 0.25 && at < 0.75 ? factor : 1;

/** Has the machine changed while it was measured? How often the gate says so of one that has, and of one that has not. */
export const sentinelCases: readonly StatisticsCase[] = [
  ...[1, 2, 4, 10].map((blocks) =>
    refused(`clean-${blocks}`, `${blocks === 1 ? '1 block' : `${blocks} blocks`}, no change`, blocks, () => 1, {
      max: 0.04,
    }),
  ),
  refused('once-1', '1 block, 3 × slower after it', 1, afterBlocks(3), { min: 0.93 }),
  refused('half-2', '2 blocks, 3 × slower from the middle on', 2, fromTheMiddle(3), { min: 0.97 }),
  refused('half-4', '4 blocks, 2 × slower from the middle on', 4, fromTheMiddle(2), { min: 0.97 }),
  refused('after-4', '4 blocks, 2 × slower after each', 4, afterBlocks(2), { min: 0.95 }),
  refused('middle-4', '4 blocks, 2 × slower in the middle half', 4, inTheMiddle(2), { min: 0.97 }),
  refused('middle-10', '10 blocks, 2 × slower in the middle half', 10, inTheMiddle(2), { min: 0.97 }),
];

function refused(
  name: string,
  what: string,
  blocks: number,
  change: Change,
  limits: StatisticsCase['limits'],
): StatisticsCase {
  return {
    name: `sentinel-${name}`,
    claim: `runs refused for warm requests: ${what}`,
    limits,
    repetitions: REPETITIONS,
    run: (random, repetitions) =>
      shareOf(repetitions, () => {
        const groups = groupsOf(random, blocks, change);
        return changeOf(groups, groups, { interrupted: false, lanes: 1 }).ok === false;
      }),
  };
}

/** Each with its median alone. */
function groupsOf(random: Random, blocks: number, change: Change) {
  return Array.from({ length: 2 * blocks }, (_, i) => {
    const position = i % 2 === 0 ? ('before' as const) : ('after' as const);
    const burst = random() < BURSTS ? 1 + 2 * random() : 1;
    const factor = burst * change(i / (2 * blocks), position) * Math.exp(BETWEEN_GROUPS * normal(random));
    return { platform: 'control', block: Math.floor(i / 2), position, correct: true, latencyNs: 2e6 * factor };
  });
}
