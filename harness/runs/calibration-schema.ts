import { z } from 'zod';
import { gateSchema } from './gate.ts';
import { count, durationNs, SCHEMA_VERSION } from './schema-parts.ts';

/** One quantile of the latency since the planned moment, as the generator tells it and as it was. */
const figureSchema = z.object({
  quantile: z.number(),
  /** Of the server's own log of these very requests. */
  truthNs: z.number(),
  measuredNs: durationNs,
  /** Within 2 % or 1 ms, whichever is more; null for too few requests to say anything of this quantile. */
  within: z.boolean().nullable(),
});
export type CalibrationFigure = z.infer<typeof figureSchema>;

/** What a generator has said of a server whose truth is known: a line of the error table. */
const calibrationRowSchema = z.object({
  profile: z.string(),
  /** `right`: valid, with the true figures. `flagged`: the measurement must be called invalid, or its failures told. */
  wanted: z.enum(['right', 'flagged']),
  seed: count,
  ratePerSecond: z.number().positive(),
  durationMs: count,
  /** Before it, at the same rate; figures are of what was due after it. */
  warmUpMs: count,
  virtualUsers: count,
  /** As the generator has it: asked for, sent, without the right answer, not sent for want of a virtual user. */
  planned: count,
  sent: count,
  failed: count,
  dropped: count,
  /** In the generator's histograms. */
  recorded: count,
  /** In the server's log, where a repeated request counts twice. */
  received: count,
  /** Requests that reached the server more than once, that never did, and whose connection was cut. */
  repeated: count,
  missing: count,
  cut: count,
  figures: z.array(figureSchema),
  /** Of all processors of the machine, by whomever; above a quarter it was not idle otherwise. */
  cpuShare: z.number().nullable(),
  /** p99 of planned moment → seen by the server; null without requests. */
  arrivalLagNs: z.number().nullable(),
  gates: z.array(gateSchema),
  /** Why the measurement is not to be taken for a result; empty when nothing speaks against it. */
  reasons: z.array(z.string()),
  /** `wrong`: nothing speaks against it, and a figure is not the true one: a silent error. */
  verdict: z.enum(['right', 'flagged', 'wrong']),
  asWanted: z.boolean(),
});
export type CalibrationRow = z.infer<typeof calibrationRowSchema>;

/** Does the generator send when we think that it does? Tried without requests. */
const scheduleProbeSchema = z.object({
  ratePerSecond: z.number().positive(),
  durationMs: count,
  /** How far the least lag lay at the end from what it was at the beginning, beyond whole periods; null: nothing seen. */
  shiftNs: z.number().nullable(),
  /** `unseen`: the machine was too busy to tell. */
  verdict: z.enum(['right', 'wrong', 'unseen']),
  what: z.string(),
});
export type ScheduleProbe = z.infer<typeof scheduleProbeSchema>;

/** One calibration, as it is stored with a run. */
export const calibrationSchema = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION),
  kind: z.literal('calibration'),
  at: z.iso.datetime(),
  generator: z.object({ name: z.string(), version: z.string() }),
  /** Null where only some profiles were tried. */
  schedule: scheduleProbeSchema.nullable(),
  /** Every profile ended as wanted in its last try, and the schedule is no other than we think. */
  ok: z.boolean(),
  rows: z.array(calibrationRowSchema),
});
export type Calibration = z.infer<typeof calibrationSchema>;

/** Of each profile the row that it goes by: the last, where it was tried again. */
export function lastTries(rows: readonly CalibrationRow[]): readonly CalibrationRow[] {
  return [...new Map(rows.map((row) => [row.profile, row])).values()];
}
