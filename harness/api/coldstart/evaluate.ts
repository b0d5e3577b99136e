import type { Exchange, Measurement } from '../../agent/protocol.ts';
import type { Level } from '../../runs/schema.ts';
import type { Contamination } from '../observations.ts';
import type { ColdStartOutcome } from '../system.ts';
import { originOf } from './origin.ts';
import { breakDown } from './phases.ts';
import { type BlobEvidence, prove } from './proof.ts';

/** Wall clock and monotonic clock may part by at most this much within a window; beyond it no edge can be trusted. */
const MAX_CLOCK_DRIFT_NS = 100_000;

interface Surroundings {
  readonly blobs: BlobEvidence | null;
  readonly contamination: Contamination | null;
  readonly stealShare: number | null;
}

type Judgement = Pick<ColdStartOutcome, 'verdict' | 'reason' | 'origin'>;

/** Turns one measured window into a sample: breakdown, proof and verdict. Nothing is dropped, whatever it shows. */
export function evaluate(measurement: Measurement, level: Level, around: Surroundings): ColdStartOutcome {
  const breakdown = breakDown(measurement, level);
  const proof = prove(measurement, level, around.blobs);
  const sent = (measurement.trigger ?? measurement.attempts[0])?.sentNs ?? 0;
  return {
    ...judge(measurement, breakdown.totalNs, proof),
    totalNs: breakdown.totalNs,
    firstAnswer: firstAnswerOf(measurement.attempts[0], sent),
    attempts: measurement.attempts.length,
    phases: [...breakdown.phases],
    residualNs: breakdown.residualNs,
    proof,
    contamination: around.contamination,
    clockDriftNs: measurement.clockDriftNs,
    stealShare: around.stealShare,
    warnings: measurement.warnings,
  };
}

function judge(measurement: Measurement, totalNs: number | null, proof: ColdStartOutcome['proof']): Judgement {
  if (Math.abs(measurement.clockDriftNs) > MAX_CLOCK_DRIFT_NS) {
    const reason = `the wall clock moved by ${measurement.clockDriftNs} ns against the monotonic clock in the window`;
    return { verdict: 'invalid', reason, origin: 'harness' };
  }
  if (totalNs === null) return failure(measurement);
  const missing = proof.demands.find((demand) => !demand.seen);
  if (missing !== undefined) return { verdict: 'not-cold', reason: `not seen: ${missing.what}`, origin: null };
  return { verdict: 'ok', reason: null, origin: null };
}

function failure({ trigger, attempts }: Measurement): Judgement {
  const refused = trigger !== null && (trigger.status === null || trigger.status >= 400);
  // The very last request may only have been cut off by our own deadline; the last answer says who is to blame.
  const wrong = refused ? trigger : (attempts.findLast((attempt) => attempt.status !== null) ?? attempts.at(-1));
  if (wrong === undefined) return { verdict: 'failed', reason: 'no request was sent', origin: 'harness' };
  const what = refused ? 'the deploy call' : `the last answer to ${attempts.length} requests`;
  return { verdict: 'failed', reason: `no correct answer; ${what}: ${describe(wrong)}`, origin: originOf(wrong) };
}

function firstAnswerOf(first: Exchange | undefined, sent: number): ColdStartOutcome['firstAnswer'] {
  if (first === undefined) return { correct: false, status: null, origin: 'harness', error: 'not sent', atNs: null };
  const at = first.firstByteNs ?? first.doneNs;
  return {
    correct: first.correct,
    status: first.status,
    origin: first.correct ? null : originOf(first),
    error: first.correct ? null : describe(first),
    atNs: at === null ? null : at - sent,
  };
}

function describe(exchange: Exchange): string {
  if (exchange.error !== null) return exchange.error;
  const body = Buffer.from(exchange.bodyBase64, 'base64').toString('utf8').trim().split('\n')[0] ?? '';
  return `status ${exchange.status}, ${body === '' ? 'empty body' : `"${body.slice(0, 120)}"`}`;
}
