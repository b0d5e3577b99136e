import type { LoadSecond } from '../load/load.ts';
import type {
  AsyncSample,
  BurstSample,
  ColdStartSample,
  FloorOutcome,
  FootprintSample,
  Level,
  MemoryLimitSample,
  MemorySample,
  PlatformRecord,
  RecordHead,
} from '../runs/schema.ts';
import type { Deployable } from './deployable.ts';
import type { MeasuredLoad, Trial } from './load/trial.ts';
import type { Contamination } from './observations.ts';

/** What one cold start has shown; the scenario adds where in the run it belongs. */
export type ColdStartOutcome = Omit<ColdStartSample, RecordHead | 'function' | 'level'>;

export type MemoryOutcome = Pick<
  MemorySample,
  'cgroupBytes' | 'functionPssBytes' | 'shimPssBytes' | 'collectorPssBytes'
>;

export type FootprintOutcome = Omit<FootprintSample, RecordHead | 'scenario' | 'function' | 'moment'>;

export type MemoryLimitOutcome = Omit<MemoryLimitSample, RecordHead | 'function'>;

export type AsyncOutcome = Omit<AsyncSample, RecordHead | 'function'>;

export type BurstOutcome = Omit<BurstSample, RecordHead | 'function'>;

/** One platform on one machine, with what every scenario may do to it. */
export interface BaseSystem {
  readonly platform: PlatformRecord;
  readonly functions: readonly Deployable[];
  /** Lets this machine run and freezes those of the other platforms. */
  activate(): Promise<void>;
  /** Deploys afresh and returns once the function has answered correctly. */
  deploy(deployable: Deployable): Promise<void>;
  remove(deployable: Deployable): Promise<void>;
  /** One warm request through the gateway. */
  warm(deployable: Deployable): Promise<{ readonly latencyNs: number | null; readonly correct: boolean }>;
  /** Removes leaked network state that belongs to no living task. */
  clean(): Promise<void>;
}

/** Starts of functions that do not run, and what tells whether the machine has changed meanwhile. */
export interface ColdStarting {
  /** Why a level cannot be measured here; undefined when it can. */
  unsupported(level: Level): string | undefined;
  /** Makes the function cold and measures its start; never throws for what the function or platform does wrong. */
  coldStart(deployable: Deployable, level: Level): Promise<ColdStartOutcome>;
  /** What a start of that level costs here without the platform; L4: a bare machine. */
  floor(level: Level): Promise<FloorOutcome>;
  contamination(): Promise<Contamination>;
  /** Memory of a function that is warm and idle. */
  memory(deployable: Deployable): Promise<MemoryOutcome>;
}

/** Load on functions that are deployed. */
export interface LoadTaking {
  /** Can the harness reach the gateway without a tunnel, which closed loops need? */
  readonly closedLoops: boolean;
  /** Puts load on a function that is deployed; never throws for what the function or platform does wrong. */
  load(trial: Trial, onSecond: (second: LoadSecond) => void): Promise<MeasuredLoad>;
  /** Kills the function, which must be running, and asks it with many clients at the same moment. */
  burst(deployable: Deployable, clients: number): Promise<BurstOutcome>;
  /** Asynchronous invocations at a steady rate, until their callbacks have come. */
  invokeAsync(
    deployable: Deployable,
    wishes: { readonly ratePerSecond: number; readonly durationMs: number; readonly warmUpMs: number },
  ): Promise<AsyncOutcome>;
}

/** Memory over the life of one function. */
export interface MemoryWatching {
  /** Deploys afresh and returns once its process runs, before anything was asked of it. */
  deployIdle(deployable: Deployable): Promise<void>;
  /** Memory of a function, of everything that runs because of it, and what the machine has left. */
  footprint(deployable: Deployable): Promise<FootprintOutcome>;
  /**
   * Follows a function with a memory limit from before its deployment; undefined for one without. What it returns ends
   * that: it tells what the limit has done so far, and asks the function for more than the limit where it can be asked.
   */
  watchMemoryLimit(deployable: Deployable): Promise<(() => Promise<MemoryLimitOutcome>) | undefined>;
}

/** The machine as a whole, for whoever fills it up. */
export interface MachineFilling {
  machineMemory(): Promise<MachineMemory>;
  /** How many functions the platform's edition allows, where `error` is its refusal of one more; undefined for all else. */
  editionLimitOf(error: unknown): number | undefined;
}

/** What scenarios that measure cold starts are given. */
export type ColdSystem = BaseSystem & ColdStarting;

/** What scenarios that put load on are given. */
export type LoadSystem = BaseSystem & LoadTaking & MemoryWatching & MachineFilling;

/** All of it. */
export type System = ColdSystem & LoadSystem;

/** Memory of the whole machine under test. */
export interface MachineMemory {
  readonly limitBytes: number;
  /** Without what the kernel would give back at once: file pages that were not used lately. */
  readonly usedBytes: number;
  /** Processes that the kernel has killed for want of memory; null where it does not count. */
  readonly oomKills: number | null;
}
