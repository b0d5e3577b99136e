import { z } from 'zod';
import { levelSchema } from './coldstart-schema.ts';
import { functionRecordSchema, unavailableSchema } from './function-schema.ts';
import { pathSchema } from './load-parts.ts';
import { count, SCHEMA_VERSION } from './schema-parts.ts';

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
  flavor: z.string().nullable().default(null),
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
  startedAt: z.iso.datetime(),
  /** Null while the run goes on, or when it was killed. */
  finishedAt: z.iso.datetime().nullable(),
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
      warmUpMs: count,
      /** Deployments of each function per platform and scenario. */
      blocks: count,
      /** `own`: each function its own body, which its measurements name. */
      payloadBytes: z.array(z.union([count, z.literal('own')])),
      paths: z.array(pathSchema),
      slo: z.string().nullable(),
      /** By scenario: so many of each function in each block. Only of those that know it beforehand. */
      measurements: z.record(z.string(), count).default({}),
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
  /** How long it was said before the run that all of it would take, in milliseconds, images to be built left aside. */
  forecast: z.object({ leastMs: z.number(), typicalMs: z.number(), mostMs: z.number() }).nullable().default(null),
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
