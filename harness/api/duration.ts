import type { Level } from '../runs/schema.ts';
import type { LoadWishes } from './load/wishes.ts';

/** How long something takes, in milliseconds; the bounds lie apart where that depends on what is found. */
export interface Span {
  readonly leastMs: number;
  readonly typicalMs: number;
  readonly mostMs: number;
}

/** What a scenario shall do with one platform on one machine, as far as its time depends on it. */
interface Asked {
  /** How many. */
  readonly functions: number;
}

/** As of `ColdStage`. */
export interface ColdAsked extends Asked {
  readonly levels: readonly Level[];
  readonly samples: number;
  readonly machineSamples: number;
  readonly roundsPerBlock: number;
}

/** As of `LoadStage`, and of its systems. */
export interface LoadAsked extends Asked {
  readonly load: LoadWishes;
  readonly closedLoops: boolean;
}

/**
 * Milliseconds that things take on a quiet machine with two cores, besides what the plan says of them. Machines that are
 * quicker or slower correct it with their first run.
 */
export const TYPICAL_MS = {
  /** Machines of other platforms frozen, this one let go on, its expiry renewed, leftovers looked at. */
  activate: 1_500,
  /** Until the first right answer. */
  deploy: 700,
  remove: 300,
  /** A load's generator started, everything read before and after, the answer proven. */
  load: 1_300,
} as const;

/** One that depends on nothing that is found. */
export function lasting(ms: number): Span {
  return { leastMs: ms, typicalMs: ms, mostMs: ms };
}

/** Each of the bounds so many times. */
export function times(count: number, { leastMs, typicalMs, mostMs }: Span): Span {
  return { leastMs: count * leastMs, typicalMs: count * typicalMs, mostMs: count * mostMs };
}

/** One after the other. */
export function together(spans: readonly Span[]): Span {
  const sum = (of: keyof Span): number => spans.reduce((total, it) => total + it[of], 0);
  return { leastMs: sum('leastMs'), typicalMs: sum('typicalMs'), mostMs: sum('mostMs') };
}

/** One measurement of load, its warm-up included. */
export function loadMs({ warmUpMs, durationMs }: Pick<LoadWishes, 'warmUpMs' | 'durationMs'>): number {
  return warmUpMs + durationMs + TYPICAL_MS.load;
}

/** All blocks, in each of which every function is deployed, measured for so long, and removed. */
export function blocksLasting({ load, functions }: LoadAsked, perFunction: Span): Span {
  const each = together([lasting(TYPICAL_MS.deploy + TYPICAL_MS.remove), perFunction]);
  return times(load.blocks, together([lasting(TYPICAL_MS.activate), times(functions, each)]));
}
