import { z } from 'zod';
import { levelNames, phaseNames } from './phases.ts';
import { count, durationNs, head, originSchema } from './schema-parts.ts';

export const levelSchema = z.enum(levelNames);
const phaseNameSchema = z.enum(phaseNames);

const contaminationSchema = z.object({
  /** Lease files of the functions' network that belong to no living task. */
  cniFiles: count,
  /** All rules in the tables filter and nat; null where they cannot be read. */
  iptablesRules: count.nullable(),
});

/** One cold start of one function. */
export const coldStartSchema = z.object({
  ...head,
  kind: z.literal('coldstart'),
  function: z.string(),
  level: levelSchema,
  verdict: z.enum(['ok', 'failed', 'not-cold', 'invalid']),
  /** Why the verdict is not `ok`; null when it is. */
  reason: z.string().nullable(),
  /** Whose fault a `failed` sample is. */
  origin: originSchema.nullable(),
  /** Trigger sent → first byte of the first correct answer. Null when none came before the deadline. */
  totalNs: durationNs.nullable(),
  /** The very first answer, a result of its own: on some platforms it is a 500. */
  firstAnswer: z.object({
    correct: z.boolean(),
    status: count.nullable(),
    origin: originSchema.nullable(),
    error: z.string().nullable(),
    /** Trigger sent → this answer's first byte (or its failure). */
    atNs: durationNs.nullable(),
  }),
  attempts: count,
  phases: z.array(z.object({ name: phaseNameSchema, startNs: z.number(), durationNs })),
  /** Total minus the union of all phases. */
  residualNs: durationNs.nullable(),
  proof: z.object({
    /** One line each: what was demanded and whether it was seen. */
    demands: z.array(z.object({ what: z.string(), seen: z.boolean() })),
    pidBefore: count.nullable(),
    pidAfter: count.nullable(),
    /** L3: bytes of the image's own blobs that were absent before and present after. */
    bytesPulled: count.nullable(),
  }),
  /**
   * L4, where two clocks are involved: that of the machine minus the harness' own, known to within ± `boundNs` (half of
   * the shortest round trip). The phases are already on the harness' clock. Null at all other levels.
   */
  clockOffset: z.object({ offsetNs: z.number(), boundNs: durationNs }).nullable().default(null),
  /**
   * L4: how long givre took to put the function's image into the registry of the machine once the platform answered. No
   * part of the total: on machines that boot from an image without it, that stands in for a registry that has it. Null at
   * all other levels, and in records from when the image held the functions.
   */
  deliveryNs: durationNs.nullable().default(null),
  contamination: contaminationSchema.nullable(),
  /** Change of CLOCK_REALTIME − CLOCK_MONOTONIC over the window; above 100 µs the sample is invalid. */
  clockDriftNs: z.number(),
  /** Share of CPU time stolen by the hypervisor during the window, 0…1; null where unknown. */
  stealShare: z.number().nullable(),
  warnings: z.array(z.string()),
});
export type ColdStartSample = z.infer<typeof coldStartSchema>;

/**
 * What a start of that level costs without the platform. L1 to L3: the same containerd and CNI calls on the same machine
 * without gateway and provider, a do-nothing C server. L4: a machine of the same flavor from the base image, with nothing
 * of ours on it, until somebody can log in.
 */
export const floorSchema = z.object({
  ...head,
  kind: z.literal('floor'),
  level: levelSchema,
  /** Null when the cloud made no machine. */
  totalNs: durationNs.nullable(),
  /** Why there is no time; null when there is one. */
  reason: z.string().nullable().default(null),
  /** Subset of the phases above; same meaning. */
  phases: z.array(z.object({ name: phaseNameSchema, durationNs })),
});
export type FloorSample = z.infer<typeof floorSchema>;
/** What one floor has shown; the scenario adds where in the run it belongs. */
export type FloorOutcome = Pick<FloorSample, 'totalNs' | 'reason' | 'phases'>;

/** A warm request to the sentinel function, before and after each block: has the machine itself changed? */
export const sentinelSchema = z.object({
  ...head,
  kind: z.literal('sentinel'),
  function: z.string(),
  position: z.enum(['before', 'after']),
  latencyNs: durationNs.nullable(),
  correct: z.boolean(),
  contamination: contaminationSchema.nullable(),
});
export type SentinelSample = z.infer<typeof sentinelSchema>;

/** Leaked network state counted and removed between blocks. */
export const hygieneSchema = z.object({
  ...head,
  kind: z.literal('hygiene'),
  before: contaminationSchema,
  after: contaminationSchema,
});

/** Memory of one function (and what runs beside it), read once, warm and idle, after its last sample of a block. */
export const memorySchema = z.object({
  ...head,
  kind: z.literal('memory'),
  function: z.string(),
  cgroupBytes: count.nullable(),
  functionPssBytes: count.nullable(),
  shimPssBytes: count.nullable(),
  collectorPssBytes: count.nullable(),
});
export type MemorySample = z.infer<typeof memorySchema>;
