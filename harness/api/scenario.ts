import type { OnSecond } from '../load/load.ts';
import type { Level, RunRecord } from '../runs/schema.ts';
import type { ColdAsked, LoadAsked, Span } from './duration.ts';
import type { LoadPlace, MeasuredTrial, Trial } from './load/trial.ts';
import type { LoadWishes } from './load/wishes.ts';
import type { BaseSystem, ColdSystem, LoadSystem } from './system.ts';

/** A record without what the run adds by itself: schema version, running number, wall clock and repetition. */
export type NewRecord = RunRecord extends infer R
  ? R extends RunRecord
    ? Omit<R, 'schemaVersion' | 'index' | 'at' | 'repetition'>
    : never
  : never;

/** What every scenario gets. */
interface Stage<S extends BaseSystem> {
  readonly systems: readonly S[];
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
}

/** How often cold starts are measured. */
export interface ColdStage extends Stage<ColdSystem> {
  readonly levels: readonly Level[];
  /** Samples per platform, function and level. */
  readonly samples: number;
  /** The same at level L4, where every sample is a machine of its own; at most `samples`. */
  readonly machineSamples: number;
  /** Rounds of one block; a block is one deployment on one machine. */
  readonly roundsPerBlock: number;
}

/** What load is put on. */
export interface LoadStage extends Stage<LoadSystem> {
  readonly load: LoadWishes;
  /**
   * Puts load on a function that is deployed. Its seconds are on the disk as they end, its requests and itself when it is
   * over; each second is given to `onSecond`, too.
   *
   * @throws GivreError what `record` throws, within a second or two: nothing is measured that cannot be kept.
   */
  measure(
    system: Pick<LoadSystem, 'platform' | 'load'>,
    place: LoadPlace,
    trial: Omit<Trial, 'warmUpMs'>,
    onSecond?: OnSecond,
  ): Promise<MeasuredTrial>;
}

interface Described {
  readonly name: string;
  /** One line for `--help`. */
  readonly summary: string;
  /** Globs over the names of functions that it works with, instead of those that the stack marks. */
  readonly functions?: string;
  /** What ends it at the latest, where its time depends on what is found. */
  readonly bounded?: string;
}

/** A scenario whose size is a number of samples. */
export interface ColdScenario extends Described {
  readonly measures: 'cold starts';
  /** Unless the user says so. */
  readonly defaults: { readonly levels: readonly Level[]; readonly samples: number };
  /** How long that takes, for what is said before a run and for its progress bar. */
  takes(asked: ColdAsked): Span;
  run(stage: ColdStage): Promise<void>;
}

/** A scenario that takes its size from the profile. */
export interface LoadScenario extends Described {
  readonly measures: 'load';
  /** What is asked unless the user says so; the rest comes from the profile. */
  readonly defaults?: Partial<Pick<LoadWishes, 'rates' | 'payloads' | 'paths'>>;
  /** Why load can only come from the machine under test itself, where it can. */
  readonly loadFromTargetOnly?: string;
  /** As of cold starts. */
  takes(asked: LoadAsked): Span;
  /**
   * How many measurements each function gets in a block, where that is known beforehand; without it nobody would miss one
   * that no block has.
   */
  measurements?(load: LoadWishes): number;
  run(stage: LoadStage): Promise<void>;
}

/** What load is applied and what is measured. */
export type Scenario = ColdScenario | LoadScenario;
