import { z } from 'zod';

/**
 * What the agent is asked and what it answers. Times are integers in nanoseconds relative to the window's t0 on
 * CLOCK_REALTIME; absolute times are decimal strings, because JSON numbers lose their last digits.
 */

const ns = z.int();
const bytes = z.int().nonnegative();
const absoluteNs = z.string().regex(/^\d+$/);

/** One HTTP/1.1 request on a fresh connection; `address` is `IP:PORT`. */
export interface HttpRequest {
  readonly address: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly bodyBase64?: string;
}

/** The answer that counts as correct; without a body or digest any body does. */
export interface Expectation {
  readonly status: number;
  readonly bodyBase64?: string;
  /** Hex. */
  readonly bodySha256?: string;
}

const exchangeShape = {
  /** The moment before connect(2). */
  sentNs: ns,
  /** connect(2) returned; the request is written right after. */
  connectedNs: ns.nullable(),
  firstByteNs: ns.nullable(),
  /** The last byte of the body was read. */
  doneNs: ns.nullable(),
  status: z.int().nullable(),
  /** What went wrong on the way; an answer with a wrong status is no error. */
  error: z.string().nullable(),
  /** Only x-openfaas-internal, x-start-time, x-duration-seconds, x-call-id and content-type, in lower case. */
  headers: z.record(z.string(), z.string()),
  /** The first 512 bytes of the body. */
  bodyBase64: z.string(),
  bodyBytes: bytes,
  correct: z.boolean(),
};

const exchange = z.object(exchangeShape);
export type Exchange = z.infer<typeof exchange>;

const taskStatus = z.enum(['running', 'stopped', 'paused', 'created', 'absent']);
export type TaskStatus = z.infer<typeof taskStatus>;

const task = z.object({ status: taskStatus, pid: z.int().nullable(), containerPresent: z.boolean() });
export type Task = z.infer<typeof task>;

const event = z.object({
  topic: z.string(),
  ns,
  /** Container id, image name or snapshot key. */
  subject: z.string(),
  pid: z.int().nullable(),
  exitStatus: z.int().nullable(),
});

/** One execution of a CNI plugin, from the opening of its file to the end of its process. */
const pluginRun = z.object({ plugin: z.string(), openedNs: ns, closedNs: ns.nullable() });

/** The first segment of a request to the provider or of its answer, with the kernel's timestamp. */
const packet = z.object({
  kind: z.enum(['request', 'response']),
  ns,
  method: z.string().nullable(),
  path: z.string().nullable(),
  status: z.int().nullable(),
  /** The client's TCP port: pairs an answer with its request. */
  clientPort: z.int(),
});

/** The function's port began to listen after `ns - resolutionNs` and not later than `ns`. */
const listening = z.object({ ns, pid: z.int(), resolutionNs: ns });

const measurement = z.object({
  t0RealtimeNs: absoluteNs,
  /** CLOCK_REALTIME minus CLOCK_MONOTONIC, after minus before. */
  clockDriftNs: ns,
  trigger: exchange.nullable(),
  /** In order; the last one is correct unless the deadline came first. Empty if the trigger failed. */
  attempts: z.array(exchange),
  /** When the first correct answer was complete. */
  firstCorrectNs: ns.nullable(),
  /** containerd's, of this container, and of images and snapshots in its namespace; by time. */
  events: z.array(event),
  cni: z.array(pluginRun),
  packets: z.array(packet),
  listening: listening.nullable(),
  before: task,
  after: task,
  warnings: z.array(z.string()),
});
export type Measurement = z.infer<typeof measurement>;

export interface MeasureParams {
  readonly namespace: string;
  readonly container: string;
  /** Sent first and waited for (a deployment); null when the invocation itself is what wakes the function. */
  readonly trigger: HttpRequest | null;
  readonly invoke: HttpRequest;
  readonly expect: Expectation;
  /** From the end of one attempt to the start of the next. */
  readonly pollSpacingMs: number;
  readonly deadlineMs: number;
  readonly watch: { readonly pluginsDir: string; readonly providerPort: number; readonly functionPort: number };
}

const cgroupShape = {
  cgroupBytes: bytes,
  /** v1 `total_rss`, v2 `anon`. */
  cgroupAnonymousBytes: bytes.nullable(),
  cgroupPeakBytes: bytes.nullable(),
  /** v1 `memory.limit_in_bytes`, v2 `memory.max`; null where there is no limit. */
  cgroupLimitBytes: bytes.nullable(),
};
const pssShape = {
  functionPssBytes: bytes,
  shimPssBytes: bytes.nullable(),
  /** The shim's other children and theirs: log collectors. */
  collectorPssBytes: bytes,
  /** Processes in the function's cgroup. */
  pids: z.array(z.int()),
};
const ownCost = z.object({ pssBytes: bytes.nullable(), cpuNs: z.int() });

const memory = z.object({
  /** An id that has no living task is left out. */
  tasks: z.array(z.object({ id: z.string(), ...cgroupShape, ...pssShape })),
  machineAvailableBytes: bytes.nullable(),
  /** What the agent itself costs. */
  agent: ownCost,
});

const memorySeries = z.object({
  t0RealtimeNs: absoluteNs,
  durationNs: ns,
  cgroup: z.array(z.object({ ns, id: z.string(), ...cgroupShape })),
  pss: z.array(z.object({ ns, id: z.string(), ...pssShape })),
  machine: z.array(z.object({ ns, availableBytes: bytes })),
  /** Ticks of the cgroup rhythm that were left out because a window was open. */
  pausedTicks: z.int(),
  truncated: z.boolean(),
  agent: ownCost,
  warnings: z.array(z.string()),
});

export interface MemoryParams {
  readonly namespace: string;
  readonly ids: readonly string[];
  /** Also the machine's MemAvailable. */
  readonly machine?: boolean;
}

export interface MemoryStartParams extends MemoryParams {
  /** Default 10. */
  readonly cgroupHz?: number;
  /** Default 1. */
  readonly pssHz?: number;
}

const followed = z.object({
  t0RealtimeNs: absoluteNs,
  /** containerd's, of tasks and containers, in order. */
  events: z.array(event),
  /** False when the stream of events broke off on the way: then what is missing may have happened all the same. */
  complete: z.boolean(),
});

const pressure = z.object({
  loadavg1: z.number(),
  stealTicks: z.int(),
  totalTicks: z.int(),
  idleTicks: z.int(),
  /** Null where the kernel has no PSI. */
  cpuPressureSomeUs: z.int().nullable(),
  /** Context switches since boot. */
  ctxt: z.int(),
});
export type Pressure = z.infer<typeof pressure>;

const digestAndSize = { digest: z.string(), sizeBytes: bytes };
const blob = z.object({ ...digestAndSize, mediaType: z.string(), present: z.boolean() });

/** The shape of each method's answer. */
export const answers = {
  hello: z.object({
    agentVersion: z.string(),
    pid: z.int(),
    kernel: z.string(),
    cgroupVersion: z.union([z.literal(1), z.literal(2), z.literal('hybrid')]),
    uid: z.int(),
  }),
  clocks: z.object({ realtimeNs: absoluteNs, monotonicNs: absoluteNs }),
  pressure,
  /** Times relative to `t0RealtimeNs`, taken right before the request. */
  http: z.object({ t0RealtimeNs: absoluteNs, ...exchangeShape }),
  task,
  /** `exitNsRealtime`: when the shim reaped the process; null if that event did not come in time. */
  kill: z.object({ pid: z.int(), exitNsRealtime: absoluteNs.nullable() }),
  imageBlobs: z.object({ digest: z.string(), blobs: z.array(blob) }),
  /** `removed` is false, and `blobs` empty, if there was no such image. `gone`: present before, absent now. */
  imageRemove: z.object({ removed: z.boolean(), blobs: z.array(blob), gone: z.array(z.string()) }),
  contentPresent: z.object({ blobs: z.array(z.object(digestAndSize)) }),
  contamination: z.object({
    cniFiles: z.int(),
    /** In the tables filter and nat; null where iptables-save cannot be run. */
    iptablesRules: z.int().nullable(),
    veths: z.int(),
    tasks: z.int(),
    shims: z.int(),
  }),
  cleanCni: z.object({
    leasesRemoved: z.int(),
    rulesRemoved: z.int(),
    chainsRemoved: z.int(),
    resultsRemoved: z.int(),
    leasesKept: z.int(),
  }),
  measure: measurement,
  memory,
  memoryStart: z.object({}),
  memoryStop: memorySeries,
  followStart: z.object({}),
  followStop: followed,
} as const;
