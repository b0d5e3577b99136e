/**
 * The data contract of a run folder. Reports read nothing else.
 *
 * - `manifest.json`: {@link manifestSchema}
 * - `samples.ndjson`: one {@link recordSchema} per line, appended as it is measured; the last line may be cut off
 * - `verdict.json`: {@link verdictSchema}; absent when the run was killed
 * - `logs/`: what every service printed
 *
 * Times named `…Ns` are nanoseconds from the start of the sample's window, unless their name says otherwise.
 */
import { z } from 'zod';
import { asyncSchema } from './async-schema.ts';
import { burstSchema } from './burst-schema.ts';
import { capacitySchema } from './capacity-schema.ts';
import { coldStartSchema, floorSchema, hygieneSchema, memorySchema, sentinelSchema } from './coldstart-schema.ts';
import { platformDeathSchema } from './death-schema.ts';
import { gateSchema } from './gate.ts';
import { loadRequestSchema, loadSchema, loadSecondSchema } from './load-schema.ts';
import { densitySchema, densityStepSchema, footprintSchema, memoryLimitSchema } from './memory-schema.ts';
import { count, SCHEMA_VERSION } from './schema-parts.ts';

export type { AsyncSample } from './async-schema.ts';
export type { BurstSample } from './burst-schema.ts';
export {
  type Calibration,
  type CalibrationFigure,
  type CalibrationRow,
  calibrationSchema,
  lastTries,
  type ScheduleProbe,
} from './calibration-schema.ts';
export type { CapacitySample, SearchStep } from './capacity-schema.ts';
export {
  type ColdStartSample,
  type FloorOutcome,
  type FloorSample,
  levelSchema,
  type MemorySample,
  type SentinelSample,
} from './coldstart-schema.ts';
export type { PlatformDeathSample } from './death-schema.ts';
export type { FunctionRecord, UnavailableFunction } from './function-schema.ts';
export { type Finding, type Gate, type GateDefinition, judgeGate, judgeGates } from './gate.ts';
export { type FailureCount, type Path, pathNames, type SentBody } from './load-parts.ts';
export type { DescriptorRecord, LoadRequestSample, LoadSample, LoadSecondSample, TargetCpu } from './load-schema.ts';
export {
  type Component,
  type Environment,
  type GeneratorRecord,
  type MachineRecord,
  type Manifest,
  manifestSchema,
  type PlatformRecord,
} from './manifest-schema.ts';
export type { DensitySample, DensityStepSample, FootprintSample, MemoryLimitSample } from './memory-schema.ts';
export type { Objective, ObjectiveLimit } from './objective-schema.ts';
export { type Level, type PhaseName, phaseNames, phases } from './phases.ts';
export { type Origin, type RecordHead, SCHEMA_VERSION } from './schema-parts.ts';

export const recordSchema = z.discriminatedUnion('kind', [
  coldStartSchema,
  floorSchema,
  sentinelSchema,
  hygieneSchema,
  memorySchema,
  loadSchema,
  loadSecondSchema,
  loadRequestSchema,
  footprintSchema,
  memoryLimitSchema,
  capacitySchema,
  burstSchema,
  asyncSchema,
  densityStepSchema,
  densitySchema,
  platformDeathSchema,
]);
export type RunRecord = z.infer<typeof recordSchema>;

export const verdictSchema = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION),
  status: z.enum(['valid', 'invalid', 'interrupted', 'failed']),
  /** One sentence. */
  summary: z.string(),
  gates: z.array(gateSchema),
  /** How many records of each kind the gates have looked at: whoever finds another number has another run before him. */
  judged: z.record(z.string(), count),
  /** The same by what was measured, in which block; absent in runs of before it was counted. */
  cells: z.record(z.string(), count).optional(),
  exitCode: count,
});
export type Verdict = z.infer<typeof verdictSchema>;
