import type { Level, RunRecord } from '../runs/schema.ts';
import type { System } from './system.ts';

/** A record without what the run adds by itself: schema version, running number and wall clock. */
export type NewRecord = RunRecord extends infer R
  ? R extends RunRecord
    ? Omit<R, 'schemaVersion' | 'index' | 'at'>
    : never
  : never;

/** Everything that a scenario gets. */
export interface Stage {
  readonly systems: readonly System[];
  readonly levels: readonly Level[];
  /** Samples per platform, function and level. */
  readonly samples: number;
  /** The same at level L4, where every sample is a machine of its own; at most `samples`. */
  readonly machineSamples: number;
  /** Rounds of one block; a block is one deployment on one machine. */
  readonly roundsPerBlock: number;
  /** Leave leaked network state alone, to measure what it costs. */
  readonly clean: boolean;
  /** Seeded; the run records the seed. */
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Writes a record to disk and returns once it is there. */
  record(record: NewRecord): Promise<void>;
  /** `done` of `total` steps, and what is being done. */
  progress(done: number, total: number, what: string): void;
}

/** A scenario: what load is applied and what is measured. */
export interface Scenario {
  readonly name: string;
  /** One line for `--help`. */
  readonly summary: string;
  readonly defaults: { readonly levels: readonly Level[]; readonly samples: number };
  run(stage: Stage): Promise<void>;
}
