/** The small public API that scenarios are written against. Everything else of the harness may change under them. */
export { shuffled } from '../core/random.ts';
export type { Level } from '../runs/schema.ts';
export type { Contamination, PhaseSample } from './observations.ts';
export type { NewRecord, Scenario, Stage } from './scenario.ts';
export type { ColdStartOutcome, Deployable, MemoryOutcome, System } from './system.ts';
