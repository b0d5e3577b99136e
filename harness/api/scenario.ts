import type { Level, RunRecord } from '../runs/schema.ts';
import type { Asked, Span } from './duration.ts';
import type { LoadWishes } from './load/wishes.ts';
import type { System } from './system.ts';

/** A record without what the run adds by itself: schema version, running number, wall clock and repetition. */
export type NewRecord = RunRecord extends infer R
  ? R extends RunRecord
    ? Omit<R, 'schemaVersion' | 'index' | 'at' | 'repetition'>
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
  readonly load: LoadWishes;
  /** A number that no other measurement of load in this run has. */
  nextTrial(): number;
  /** Leave leaked network state alone, to measure what it costs. */
  readonly clean: boolean;
  /** Seeded; the run records the seed. */
  readonly random: () => number;
  readonly signal: AbortSignal;
  /**
   * Writes a record to disk and returns once it is there. Blocks are numbered from 0, repetition by repetition with one
   * block of every system in each.
   */
  record(record: NewRecord): Promise<void>;
  /** `done` of `total` steps, and what is being done. */
  progress(done: number, total: number, what: string): void;
  /** How what is being done goes on, in a few words; replaces what was said before. */
  live(words: string): void;
}

/** A scenario: what load is applied and what is measured. */
export interface Scenario {
  readonly name: string;
  /** One line for `--help`. */
  readonly summary: string;
  readonly measures: 'cold starts' | 'load';
  /** Why load can only come from the machine under test itself, where it can. */
  readonly loadFromTargetOnly?: string;
  /** Without levels a scenario measures no cold start, and takes its size from the profile instead of samples. */
  readonly defaults: {
    readonly levels: readonly Level[];
    readonly samples: number;
    /** Globs over function names, instead of those that the stack marks. */
    readonly functions?: string;
    /** What is asked unless the user says so; the rest comes from the profile. */
    readonly load?: Partial<Pick<LoadWishes, 'rates' | 'payloads' | 'paths'>>;
  };
  /** How long that takes, for what is said before a run and for its progress bar. */
  takes(asked: Asked): Span;
  /** What ends it at the latest, where its time depends on what is found. */
  readonly bounded?: string;
  /**
   * How many measurements each function gets in a block, where that is known beforehand; without it nobody would miss one
   * that no block has.
   */
  measurements?(load: LoadWishes): number;
  run(stage: Stage): Promise<void>;
}
