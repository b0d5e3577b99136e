/** The small public API that scenarios are written against. Everything else of the harness may change under them. */
export { GivreError } from '../core/errors.ts';
export { shuffled } from '../core/random.ts';
export { forecastDensity, type Occupancy } from '../load/density.ts';
export { judgeSlo } from '../load/judge-slo.ts';
export type { LoadSecond } from '../load/load.ts';
export { clueOfRamp, clueOfRamps, MOST_RAMPS, nextRamp, type RampSeen, rampSeconds } from '../load/ramp.ts';
export { type Bracket, cluesOfStep, concluded, MOST_STEPS, nextRate, stepsByDoubling } from '../load/search.ts';
export { parseSlo, type Slo } from '../load/slo.ts';
export { extensionMs, isHopeless, LONGEST_STEP, STEP_CONFIDENCE } from '../load/step.ts';

import type { CapacitySample, FootprintSample } from '../runs/schema.ts';

export type { Level, Path, SearchStep } from '../runs/schema.ts';
export { alternatingBlocks, type Block } from './blocks.ts';
export {
  blocksLasting,
  type ColdAsked,
  type LoadAsked,
  lasting,
  loadMs,
  type Span,
  TYPICAL_MS,
  together,
} from './duration.ts';
export { forEachCell } from './load/cells.ts';
export type CapacityCeiling = CapacitySample['ceilings'][number];
export type FootprintMoment = FootprintSample['moment'];
export type { Deployable } from './deployable.ts';
export { firstLoad } from './load/first-load.ts';
export { searchTakes } from './load/search-takes.ts';
export type { LoadOutcome, LoadPlace, MeasuredTrial, Payload, Trial } from './load/trial.ts';
export type { LoadWishes } from './load/wishes.ts';
export type { Contamination, PhaseSample } from './observations.ts';
export type { ColdScenario, ColdStage, LoadScenario, LoadStage, NewRecord, Scenario } from './scenario.ts';
export type { ColdStartOutcome, ColdSystem, LoadSystem, MachineMemory, MemoryOutcome, System } from './system.ts';
