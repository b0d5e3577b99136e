import type { CalibrationRow } from '../runs/schema.ts';
import { type Claim, claim } from './claims.ts';
import { IDLE_CPU, quietMoment, wasIdle } from './quiet.ts';
import { keepRows, type SelfContext, scaled } from './runs.ts';
import { constant, measured, shortRun } from './short-runs.ts';
import { selfPrograms } from './truth.ts';

/** 900 requests: p99 rests on nine of them. With half of them p99 was off by 1 to 2 ms, unnoticed, in 4 of 200 runs. */
const RATE = 300;
const REJECTED_SHARE = 0.05;
/** One collection of k6's garbage can delay that many answers in a run of three seconds, and nothing tells of it. */
const WRONG_SHARE = 0.01;

/** Short runs with nothing else going on are let through. */
export async function cleanClaims(context: SelfContext): Promise<readonly Claim[]> {
  const programs = await selfPrograms(context);
  const wanted = scaled(context, 200);
  const runs: CalibrationRow[] = [];
  for (let i = 0; i < wanted; i++) {
    context.output.status(`clean run ${i + 1} of ${wanted}`);
    await quietMoment(context.signal);
    runs.push(await measured(shortRun(context, programs, { profile: constant, ratePerSecond: RATE, number: i })));
    await keepRows(context, 'clean.json', runs);
  }
  const quiet = runs.filter(wasIdle);
  const rejected = quiet.filter((row) => row.reasons.length > 0);
  const wrong = runs.filter((row) => row.verdict === 'wrong');
  const wrongAt = wrong.flatMap((row) => row.figures.filter((it) => !it.within).map((it) => `p${it.quantile * 100}`));
  const why = rejected.flatMap((row) => row.reasons.map((reason) => reason.split(':')[0]));
  return [
    claim(
      'clean runs',
      `of short runs with the machine at ≤ ${IDLE_CPU * 100} % CPU, ≤ ${REJECTED_SHARE * 100} % are rejected, and ≤ ${WRONG_SHARE * 100} % wrong unnoticed`,
      `${rejected.length} of ${quiet.length} rejected${inBrackets(why)}; ${runs.length - quiet.length} of ${runs.length} ` +
        `runs had more CPU in use and do not count; ${wrong.length} of all wrong unnoticed${inBrackets(wrongAt)}`,
      wrong.length <= WRONG_SHARE * runs.length && quiet.length > 0 && rejected.length <= REJECTED_SHARE * quiet.length,
    ),
  ];
}

function inBrackets(words: readonly (string | undefined)[]): string {
  return words.length === 0 ? '' : ` (${words.join(', ')})`;
}
