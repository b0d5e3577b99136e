import type { GateDefinition } from '../runs/schema.ts';
import type { LoadResult } from './load.ts';
import type { Reduced } from './steady.ts';
import type { Watched } from './watched.ts';

/** Everything that speaks for or against one measurement of load. Null: nobody could look. */
export interface LoadEvidence {
  readonly result: LoadResult;
  readonly reduced: Reduced;
  /** Requests that somebody else than the generator has counted. */
  readonly received: number | null;
  /** Every machine that generated load or took it. */
  readonly machines: readonly Watched[];
  /** Change of CLOCK_REALTIME − CLOCK_MONOTONIC meanwhile: k6 takes its times from the former. */
  readonly clockDriftNs: number | null;
  /** Leaked network state that slows down every request. */
  readonly contamination: { readonly before: number; readonly after: number } | null;
  /** Were the generator's figures right when it was last tried against known truth on this machine? */
  readonly calibrated: { readonly ok: boolean | null; readonly what: string } | null;
  /** Was the answer right that the generator held all others against? */
  readonly answer: { readonly ok: boolean; readonly what: string } | null;
  /** The load itself changes: then nobody asks whether the measurement is steady. */
  readonly isRamp?: boolean;
}

/** A gate of one measurement of load, by which it stands or falls where it is a result of its own. */
export interface LoadGate extends GateDefinition<LoadEvidence> {
  /**
   * True of a gate that must hold for the steps of a search, too. The others say that generator or machine could do no
   * more, which is what a search for the limit looks for: it says itself why it stopped.
   */
  readonly bindsAtLimit?: true;
  /**
   * Where a calibration, which measures a server of ours, does not ask it: `never`, or not of a profile that is too short
   * for it. Default: it is asked.
   */
  readonly notCalibrated?: 'never' | 'brief';
}

/** What speaks for or against a measurement of asynchronous invocations besides what does of any load. */
interface QueueEvidence {
  /** Refused requests of which only the number is known. */
  readonly failedNotKept: number;
  /** After the last request. */
  readonly waitedMs: number;
  /** Callbacks still came when the queue was given up. */
  readonly givenUp: boolean;
}

/** A gate of one measurement of asynchronous invocations, besides those of any load. */
export type QueueGate = GateDefinition<QueueEvidence>;
