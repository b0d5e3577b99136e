import type { ColdStartOutcome } from '../../api/system.ts';

/** A sample that failed before anything was asked of its function: nothing of it could be seen. */
export function notSent(reason: string, origin: 'harness' | 'cloud'): ColdStartOutcome {
  return {
    verdict: 'failed',
    reason,
    origin,
    totalNs: null,
    firstAnswer: { correct: false, status: null, origin, error: 'not sent', atNs: null },
    attempts: 0,
    phases: [],
    residualNs: null,
    proof: { demands: [], pidBefore: null, pidAfter: null, bytesPulled: null },
    clockOffset: null,
    deliveryNs: null,
    contamination: null,
    clockDriftNs: 0,
    stealShare: null,
    warnings: [],
  };
}
