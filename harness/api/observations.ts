import type { PhaseName } from '../runs/schema.ts';

/** State that a platform leaves behind and that slows down what comes later. */
export interface Contamination {
  /** Lease files of the functions' network that belong to no living task. */
  readonly cniFiles: number;
  /** Rules in the tables filter and nat; null where they cannot be read. */
  readonly iptablesRules: number | null;
}

export interface PhaseSample {
  readonly name: PhaseName;
  readonly durationNs: number;
}
