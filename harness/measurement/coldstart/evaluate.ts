import type { Exchange, Measurement } from '../../agent/protocol.ts';
import type { Contamination } from '../../api/observations.ts';
import type { ColdStartOutcome } from '../../api/system.ts';
import { inertWords } from '../../load/failures.ts';
import { originOf } from '../../load/origin.ts';
import type { Level, Origin } from '../../runs/schema.ts';
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
export function evaluate(
  measurement: Measurement,
  level: Exclude<Level, 'L4'>,
  around: Surroundings,
): ColdStartOutcome {
  const breakdown = breakDown(measurement, level);
  const proof = prove(measurement, level, around.blobs);
  const sent = (measurement.trigger ?? measurement.attempts[0])?.sentNs ?? 0;
  return {
    ...judge(measurement, breakdown.totalNs, proof),
    totalNs: breakdown.totalNs,
    firstAnswer: firstAnswerOf(measurement, sent),
    attempts: measurement.attempts.length,
    phases: [...breakdown.phases],
    residualNs: breakdown.residualNs,
    proof,
    clockOffset: null,
    deliveryNs: null,
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

function failure(measurement: Measurement): Judgement {
  const { trigger, attempts } = measurement;
  if (trigger !== null && isRefused(trigger)) {
    const reason = `no correct answer; the deploy call: ${describe(trigger)}`;
    return { verdict: 'failed', reason, origin: originOfDeploy(measurement, trigger) };
  }
  // The very last request may only have been cut off by our own deadline; the last answer says who is to blame.
  const wrong = attempts.findLast((attempt) => attempt.status !== null) ?? attempts.at(-1);
  if (wrong === undefined) return { verdict: 'failed', reason: 'no request was sent', origin: 'harness' };
  const reason = `no correct answer; the last answer to ${attempts.length} requests: ${describe(wrong)}`;
  return { verdict: 'failed', reason, origin: originOfExchange(wrong) };
}

function isRefused(exchange: Exchange): boolean {
  return exchange.status === null || exchange.status >= 400;
}

/** The gateway passes the provider's answer on without saying so; the packet on the provider's port tells. */
function originOfDeploy({ packets }: Measurement, trigger: Exchange): Origin {
  const refusedByProvider = packets.some(
    (it) => it.kind === 'response' && it.ns >= trigger.sentNs && (it.status ?? 0) >= 400,
  );
  return refusedByProvider ? 'provider' : originOfExchange(trigger);
}

function firstAnswerOf(measurement: Measurement, sent: number): ColdStartOutcome['firstAnswer'] {
  const [first] = measurement.attempts;
  if (first === undefined) {
    const { origin, reason } = failure(measurement);
    return { correct: false, status: null, origin, error: `not sent: ${reason}`, atNs: null };
  }
  const at = first.firstByteNs ?? first.doneNs;
  return {
    correct: first.correct,
    status: first.status,
    origin: first.correct ? null : originOfExchange(first),
    error: first.correct ? null : describe(first),
    atNs: at === null ? null : at - sent,
  };
}

function originOfExchange(exchange: Exchange): Origin {
  return originOf({ status: exchange.status ?? 0, headers: exchange.headers, words: wordsOf(exchange) }, 'gateway');
}

function wordsOf({ error, bodyBase64 }: Exchange): string {
  return inertWords(error ?? Buffer.from(bodyBase64, 'base64').toString('utf8'));
}

function describe(exchange: Exchange): string {
  const words = wordsOf(exchange);
  if (exchange.error !== null) return words;
  return `status ${exchange.status}, ${words === '' ? 'empty body' : `"${words}"`}`;
}
