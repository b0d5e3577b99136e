import { type Gate, judgeGates } from '../runs/schema.ts';
import type { LoadEvidence, LoadGate, QueueGate } from './gate-evidence.ts';
import { accepted } from './gates/accepted.ts';
import { allCounted } from './gates/all-counted.ts';
import { answerRight } from './gates/answer-right.ts';
import { arrivals } from './gates/arrivals.ts';
import { calibrated } from './gates/calibrated.ts';
import { clockSteady } from './gates/clock-steady.ts';
import { connectionsKept } from './gates/connections-kept.ts';
import { cpuPressure } from './gates/cpu-pressure.ts';
import { generatorCpu } from './gates/generator-cpu.ts';
import { noneDropped } from './gates/none-dropped.ts';
import { notEarly } from './gates/not-early.ts';
import { onTime } from './gates/on-time.ts';
import { ports } from './gates/ports.ts';
import { processorsFree } from './gates/processors-free.ts';
import { queueDrained } from './gates/queue-drained.ts';
import { readerAwake } from './gates/reader-awake.ts';
import { refusalsKnown } from './gates/refusals-known.ts';
import { retransmits } from './gates/retransmits.ts';
import { steady } from './gates/steady.ts';
import { steal } from './gates/steal.ts';
import { together } from './gates/together.ts';
import { uncontaminated } from './gates/uncontaminated.ts';
import { warmedUp } from './gates/warmed-up.ts';

/** The gates of one measurement of load, in the order in which records have them. */
export const loadGates: readonly LoadGate[] = [
  allCounted,
  noneDropped,
  onTime,
  arrivals,
  notEarly,
  together,
  connectionsKept,
  generatorCpu,
  processorsFree,
  steal,
  cpuPressure,
  retransmits,
  accepted,
  readerAwake,
  ports,
  clockSteady,
  uncontaminated,
  warmedUp,
  steady,
  calibrated,
  answerRight,
];

/** Those of asynchronous invocations besides, after them. */
export const queueGates: readonly QueueGate[] = [refusalsKnown, queueDrained];

/**
 * Was the measurement itself sound? What the target does wrong is a result and no concern of these.
 * Thresholds: facts of measuring, each with its reason in the hint.
 */
export function judgeLoad(evidence: LoadEvidence): readonly Gate[] {
  return judgeGates(loadGates, evidence);
}
