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
import { functionRecordSchema, unavailableSchema } from './function-schema.ts';
import {
  asyncSchema,
  burstSchema,
  capacitySchema,
  densitySchema,
  densityStepSchema,
  footprintSchema,
  loadRequestSchema,
  loadSchema,
  loadSecondSchema,
  pathSchema,
} from './load-schema.ts';
import { count, durationNs, gateSchema, head, SCHEMA_VERSION } from './schema-parts.ts';

export {
  type Calibration,
  type CalibrationFigure,
  type CalibrationRow,
  calibrationSchema,
} from './calibration-schema.ts';
export type { FunctionRecord, UnavailableFunction } from './function-schema.ts';
export {
  type AsyncSample,
  type BurstSample,
  type CapacitySample,
  type DensitySample,
  type DensityStepSample,
  type FootprintSample,
  type LoadRequestSample,
  type LoadSample,
  type LoadSecondSample,
  type Path,
  pathNames,
} from './load-schema.ts';
export { type Gate, SCHEMA_VERSION } from './schema-parts.ts';

export const levelSchema = z.enum(['L0', 'L1', 'L2', 'L3', 'L4']);
export type Level = z.infer<typeof levelSchema>;

/** Phases in the order in which they happen. One counts only if both of its edges were observed by themselves. */
export const phaseNames = [
  'accepted', // request for a machine sent → accepted by the API (L4, as all up to `function`)
  'active', // → the cloud calls the machine active
  'firmware', // active → kernel started: BIOS and boot loader
  'kernel', // kernel started → first process started
  'cloudinit', // first process started → cloud-init has finished
  'ssh', // → first login
  'userspace', // first process started → containerd's unit begun
  'containerd', // containerd's unit begun → containerd answers
  'platform', // containerd answers → the gateway answers
  'harness', // platform answers and login done → the deploy request is sent: givre's own work
  'function', // deploy request sent → first byte of the first correct answer
  'gateway', // request sent → the provider is asked to scale or deploy (packet seen)
  'resume', // provider asked → /tasks/resumed (L0)
  'remains', // provider asked → old task deleted and its network removed
  'pull', // provider asked → last blob of the image stored (L3)
  'container', // → /containers/create (L2, L3)
  'newtask', // → /tasks/create: shim and runc create
  'cni', // first CNI plugin executed → last one ended
  'start', // → /tasks/start: runc start
  'listen', // → the process listens, seen in its network namespace
  'ready', // → the provider answers the gateway (packet seen)
  'forward', // → the gateway forwards the invocation
  'retry', // first answer was wrong → the request that succeeded was sent
  'answer', // → first byte of the first correct answer
] as const;
const phaseNameSchema = z.enum(phaseNames);
export type PhaseName = z.infer<typeof phaseNameSchema>;

const originSchema = z.enum(['function', 'watchdog', 'provider', 'gateway', 'cloud', 'harness']);
export type Origin = z.infer<typeof originSchema>;

const contaminationSchema = z.object({
  /** Lease files of the functions' network that belong to no living task. */
  cniFiles: count,
  /** All rules in the tables filter and nat; null where they cannot be read. */
  iptablesRules: count.nullable(),
});

/** One cold start of one function. */
const coldStartSchema = z.object({
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
const floorSchema = z.object({
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
const sentinelSchema = z.object({
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
const hygieneSchema = z.object({
  ...head,
  kind: z.literal('hygiene'),
  before: contaminationSchema,
  after: contaminationSchema,
});

/** Memory of one function (and what runs beside it), read once, warm and idle, after its last sample of a block. */
const memorySchema = z.object({
  ...head,
  kind: z.literal('memory'),
  function: z.string(),
  cgroupBytes: count.nullable(),
  functionPssBytes: count.nullable(),
  shimPssBytes: count.nullable(),
  collectorPssBytes: count.nullable(),
});
export type MemorySample = z.infer<typeof memorySchema>;

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
  capacitySchema,
  burstSchema,
  asyncSchema,
  densityStepSchema,
  densitySchema,
]);
export type RunRecord = z.infer<typeof recordSchema>;

const componentSchema = z.object({
  name: z.string(),
  version: z.string(),
  commit: z.string().nullable(),
  licence: z.string(),
  /** Upstream's public address or how it was obtained. */
  source: z.string(),
  digest: z.string().nullable(),
});
export type Component = z.infer<typeof componentSchema>;

const platformSchema = z.object({
  /** What tables and charts call it, unique within the run: `faasd 0.19.0`, `control`, `control --like faasd`. */
  label: z.string(),
  kind: z.enum(['faasd', 'control']),
  version: z.string(),
  defects: z.array(z.string()),
  /** Where its binary comes from, and whether its digest was pinned or checked. */
  source: z.string(),
  digest: z.string().nullable(),
  digestStatus: z.enum(['pinned', 'unpinned', 'unchecked', 'built-here']),
  /** Levels that this platform cannot do, with the reason. */
  unsupported: z.array(z.object({ level: levelSchema, reason: z.string() })),
});
export type PlatformRecord = z.infer<typeof platformSchema>;

const environmentSchema = z.object({
  cpuModel: z.string(),
  cores: count,
  memoryBytes: count,
  kernel: z.string(),
  /** Distribution of the machine under test. */
  os: z.string(),
  /** Distribution of the machine that givre itself runs on. */
  harnessOs: z.string(),
  cgroup: z.string(),
  node: z.string(),
  docker: z.string().nullable(),
  /** Load average (1 min) when the run began. */
  load1: z.number(),
});
export type Environment = z.infer<typeof environmentSchema>;

/** A machine under test, as far as others may know: no names, addresses or ids but hashes. */
const machineSchema = z.object({
  /** Label of the platform that ran on it. */
  platform: z.string(),
  /** As `systemd-detect-virt` calls it: `docker`, `kvm`, `qemu` (emulated), `lxc` (shared kernel, not a VM), `none`. */
  virtualisation: z.string(),
  /** Null on targets that have none. */
  flavor: z.string().nullable(),
  image: z.object({ name: z.string(), checksum: z.string().nullable() }).nullable(),
  /** Booted with the platform already on it. */
  golden: z.boolean(),
  /** Nova's hash of project and hypervisor: equal on machines that share one. */
  hypervisor: z.string().nullable(),
  /** Of the network interface towards the default route. */
  mtu: count.nullable(),
});
export type MachineRecord = z.infer<typeof machineSchema>;

/** A machine that did nothing but send load. */
const generatorSchema = z.object({
  virtualisation: z.string(),
  cores: count,
  /** As of the machines under test. */
  hypervisor: z.string().nullable(),
  /** Does it share processors with a machine under test? Null where nobody can tell. */
  sharesHardware: z.boolean().nullable(),
});
export type GeneratorRecord = z.infer<typeof generatorSchema>;

export const manifestSchema = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION),
  runId: z.string(),
  givreVersion: z.string(),
  /** Several are joined by commas, in the order in which they ran. */
  scenario: z.string(),
  startedAt: z.string(),
  /** Null while the run goes on, or when it was killed. */
  finishedAt: z.string().nullable(),
  /** As typed; contains no secrets because givre takes none on its command line. */
  command: z.array(z.string()),
  seed: count,
  target: z.string(),
  /** Why these platforms: with `auto`, what was asked and what came of it. */
  platformChoice: z.string(),
  platforms: z.array(platformSchema),
  functions: z.array(functionRecordSchema),
  unavailable: z.array(unavailableSchema).default([]),
  levels: z.array(levelSchema),
  samplesPerCell: count,
  /** At level L4, where every sample is a machine of its own; null where that was not measured. */
  machineSamplesPerCell: count.nullable().default(null),
  blocks: count,
  pollSpacingMs: z.number(),
  /** What was asked of the scenarios that put load on; null where none did. */
  load: z
    .object({
      profile: z.string(),
      ratesPerSecond: z.array(z.number()),
      durationMs: count,
      payloadBytes: z.array(count),
      paths: z.array(pathSchema),
      slo: z.string().nullable(),
    })
    .nullable()
    .default(null),
  /** Wait before each L1 invocation so that the gateway's replica cache has expired. */
  cacheWaitMs: z.number(),
  components: z.array(componentSchema),
  environment: environmentSchema,
  machines: z.array(machineSchema).default([]),
  /** Empty where load came from the machine under test itself. */
  generators: z.array(generatorSchema).default([]),
  /** How long the harness took; null until the run has ended. */
  timings: z
    .object({
      /** Container created → platform and agent answer, per platform in the order of `platforms`. */
      readyMs: z.array(z.number()),
      /** First deployment → last sample. */
      measureMs: z.number(),
    })
    .nullable(),
});
export type Manifest = z.infer<typeof manifestSchema>;

export const verdictSchema = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION),
  status: z.enum(['valid', 'invalid', 'interrupted', 'failed']),
  /** One sentence. */
  summary: z.string(),
  gates: z.array(gateSchema),
  exitCode: count,
});
export type Verdict = z.infer<typeof verdictSchema>;
