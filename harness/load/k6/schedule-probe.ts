import { z } from 'zod';
import type { ScheduleProbe } from '../../runs/schema.ts';
import { periodOf } from '../schedule.ts';
import { type K6Place, runK6 } from './process.ts';

/**
 * A billion by this is 109,217.9991 ns: cut off to whole nanoseconds, each iteration comes a nanosecond earlier than by
 * the rate, which is half a period in six seconds. Of all rates few show it so soon.
 */
const RATE = 9_156;
const DURATION_MS = 6_000;
const VIRTUAL_USERS = 100;
/** Of a period: a quarter is as far from one answer as from the other. */
const CLEAR_SHARE = 0.15;
const NOISE_SHARE = 0.2;
const MOST_TRIES = 4;

/** In the first two seconds and in the last two. */
const saidSchema = z.object({ leastNs: z.array(z.number().nullable()).length(4) });

/**
 * Tries whether the k6 in use sends when we think that it does, without a request: how far the least lag of its last
 * second lies from that of the first, by whole nanoseconds. Iterations that were dropped on a busy machine shift that by
 * whole periods, so only what is left of a period counts; and as not even the least lag is small on a very busy one, two
 * tries have to say the same.
 *
 * @throws GivreError `E_LOAD_GENERATOR`; the signal's reason when aborted
 */
export async function probeSchedule(k6: K6Place, signal: AbortSignal): Promise<ScheduleProbe> {
  const tries: ScheduleProbe[] = [];
  while (tries.length < MOST_TRIES) {
    const probe = judgeShift(await leastLags(k6, signal));
    if (probe.verdict !== 'unseen' && tries.some((it) => it.verdict === probe.verdict)) return probe;
    tries.push(probe);
  }
  return agreed(tries);
}

/** Of tries of which no two have said the same of the schedule. */
function agreed(tries: readonly ScheduleProbe[]): ScheduleProbe {
  const last = tries.at(-1) ?? judgeShift([]);
  return { ...last, verdict: 'unseen', what: `${tries.length} tries on a busy machine did not agree (${last.what})` };
}

async function leastLags(k6: K6Place, signal: AbortSignal): Promise<readonly (number | null)[]> {
  let said = '';
  await runK6(k6, {
    script: 'schedule.ts',
    settings: { rate: RATE, durationMs: DURATION_MS, virtualUsers: VIRTUAL_USERS },
    loadMs: DURATION_MS,
    signal,
    // The last word on it counts: our script writes a summary of its own.
    output: ['--summary-mode=compact'],
    onOutput: (chunk) => {
      said += chunk.toString('utf8');
    },
  });
  return saidSchema.parse(JSON.parse(said)).leastNs;
}

/** @param leastNs least lags of the first two seconds and of the last two; null where nothing was begun */
export function judgeShift(leastNs: readonly (number | null)[]): ScheduleProbe {
  const head = { ratePerSecond: RATE, durationMs: DURATION_MS };
  const [first, second, beforeLast, last] = leastNs.map((it) => it ?? Number.NaN);
  const share = shareOfPeriod(first, last);
  if (Number.isNaN(share)) return { ...head, shiftNs: null, verdict: 'unseen', what: 'k6 began too few iterations' };
  const shiftNs = Math.round(share * periodOf(RATE));
  const words = `at ${RATE}/s for ${DURATION_MS / 1000} s k6 was ${(shiftNs / 1000).toFixed(1)} µs away from whole nanoseconds`;
  // From one second to the next even the rate alone makes a twelfth of a period only: more is the machine's own doing.
  const noise = Math.max(Math.abs(shareOfPeriod(first, second)), Math.abs(shareOfPeriod(beforeLast, last)));
  if (!(noise <= NOISE_SHARE))
    return { ...head, shiftNs, verdict: 'unseen', what: `${words}, which a busy machine may do` };
  if (Math.abs(share) <= CLEAR_SHARE) return { ...head, shiftNs, verdict: 'right', what: words };
  if (Math.abs(share) < 0.5 - CLEAR_SHARE) return { ...head, shiftNs, verdict: 'unseen', what: words };
  return { ...head, shiftNs, verdict: 'wrong', what: `${words}: it does not send when we think that it does` };
}

/** From one least lag to another, whole periods aside: −0.5 to 0.5. */
function shareOfPeriod(fromNs = Number.NaN, toNs = Number.NaN): number {
  const periods = (toNs - fromNs) / periodOf(RATE);
  return periods - Math.round(periods);
}
