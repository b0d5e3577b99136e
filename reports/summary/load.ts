import { bindingGates } from '../../harness/runs/binding-gates.ts';
import type { FailureCount, Gate, LoadSample, Manifest, Path } from '../../harness/runs/schema.ts';
import type { Histogram } from '../../harness/statistics/histogram.ts';
import { type Descriptors, descriptorsOf } from './descriptors.ts';
import { failuresTogether } from './failures.ts';
import { type Latencies, type LatencySpreads, latenciesOf, latencySpreads, merged } from './latencies.ts';
import { type Spread, spreadOf } from './spread.ts';
import { type CpuPerRequest, cpuPerRequest } from './target-cpu.ts';

/** One measurement of load, repeated in every block. */
export interface LoadCell {
  readonly platform: string;
  readonly scenario: string;
  readonly function: string;
  readonly path: Path;
  readonly arrivals: LoadSample['arrivals'];
  readonly payloadBytes: number;
  /** `probe`: a step of a search, not a result of its own. */
  readonly purpose: LoadSample['purpose'];
  /** Open loop: from when the request should have been sent. Closed loop: from when it was. */
  readonly latencyOf: 'intended' | 'service';
  /** Blocks with a valid measurement, in order; everything below `trials` is over them alone. */
  readonly blocks: readonly LoadBlock[];
  readonly trials: readonly LoadTrial[];
  /** What these show is no result: a gate failed. */
  readonly invalid: readonly InvalidTrial[];
  readonly latency: LatencySpreads;
  readonly service: LatencySpreads;
  readonly throughputPerSecond: Spread;
  readonly sent: number;
  readonly ok: number;
  readonly failed: number;
  readonly dropped: number;
  /** Over all measurements, valid or not: what requests that failed said, and how many requests there were. */
  readonly failures: { readonly of: number; readonly kinds: readonly FailureCount[] };
  /** Of the machine under test; null where it was not looked at. */
  readonly cpuPerRequest: CpuPerRequest | null;
  /** Over all measurements, valid or not: the most that gateway, provider and what stands before the gateway had open. */
  readonly descriptors: readonly Descriptors[];
}

/** What one block has shown, all its valid measurements together. */
interface LoadBlock {
  readonly block: number;
  /** The same for what was measured next to it on another platform. */
  readonly repetition: number;
  readonly latency: Latencies;
  readonly service: Latencies;
  readonly throughputPerSecond: number;
}

/** One measurement without its latencies. */
interface LoadTrial {
  readonly trial: number;
  readonly block: number;
  readonly generator: LoadSample['generator'];
  readonly planned: number | null;
  readonly sent: number;
  readonly received: number | null;
  readonly ok: number;
  readonly failed: number;
  readonly dropped: number;
  readonly connections: number;
  readonly durationNs: number;
  readonly throughputPerSecond: number;
  readonly steady: LoadSample['steady'];
  readonly slo: LoadSample['slo'];
  readonly failedGates: readonly Gate[];
  readonly failures: readonly FailureCount[];
}

interface InvalidTrial extends LoadTrial {
  readonly latency: Latencies;
  readonly service: Latencies;
}

/** In the order of the manifest's platforms, scenarios and functions; then by path, payload and load. */
export function summariseLoads(manifest: Manifest, samples: readonly LoadSample[]): LoadCell[] {
  const platforms = manifest.platforms.map((it) => it.label);
  const scenarios = manifest.scenario.split(',');
  const functions = manifest.functions.map((it) => it.name);
  const cells = [...Map.groupBy(samples, keyOf).values()].flatMap(cellOf);
  const place = (names: readonly string[], name: string) => (names.includes(name) ? names.indexOf(name) : names.length);
  return cells.sort(
    (a, b) =>
      place(platforms, a.platform) - place(platforms, b.platform) ||
      place(scenarios, a.scenario) - place(scenarios, b.scenario) ||
      place(functions, a.function) - place(functions, b.function) ||
      a.path.localeCompare(b.path) ||
      a.payloadBytes - b.payloadBytes ||
      loadOf(a) - loadOf(b),
  );
}

/** Requests per second or connections, for the order of cells only. */
function loadOf({ arrivals }: LoadCell): number {
  if (arrivals.kind === 'ramping') return arrivals.toPerSecond;
  return arrivals.kind === 'constant' ? arrivals.ratePerSecond : arrivals.connections;
}

/** Is the latency of this measurement counted from the plan? */
export function latencyKind(sample: Pick<LoadSample, 'arrivals'>): 'intended' | 'service' {
  return sample.arrivals.kind === 'closed' ? 'service' : 'intended';
}

function keyOf({ platform, scenario, function: name, path, arrivals, payloadBytes, purpose }: LoadSample): string {
  const load = Object.entries(arrivals).sort();
  return JSON.stringify([platform, scenario, name, path, load, payloadBytes, purpose]);
}

function cellOf(samples: readonly LoadSample[]): LoadCell[] {
  const [first] = samples;
  if (first === undefined) return [];
  const { platform, scenario, path, arrivals, payloadBytes, purpose } = first;
  const kind = latencyKind(first);
  const valid = samples.filter((sample) => sample.valid);
  const blocks = mergedByBlock(valid, kind);
  const sum = (pick: (sample: LoadSample) => number) => valid.reduce((total, sample) => total + pick(sample), 0);
  return [
    {
      platform,
      scenario,
      function: first.function,
      path,
      arrivals,
      payloadBytes,
      purpose,
      latencyOf: kind,
      blocks: blocks.map(blockOf),
      trials: valid.map(trialOf),
      invalid: samples.filter((sample) => !sample.valid).map(invalidTrialOf),
      latency: latencySpreads(blocks.map((block) => block.latency)),
      service: latencySpreads(blocks.map((block) => block.service)),
      throughputPerSecond: spreadOf(blocks.map((block) => ({ value: block.throughputPerSecond }))),
      sent: sum((sample) => sample.sent),
      ok: sum((sample) => sample.ok),
      failed: sum((sample) => sample.failed),
      dropped: sum((sample) => sample.dropped),
      failures: {
        of: samples.reduce((total, sample) => total + sample.sent, 0),
        kinds: failuresTogether(samples.map((sample) => sample.failures)),
      },
      cpuPerRequest: cpuPerRequest(valid),
      descriptors: descriptorsOf(samples.flatMap((sample) => sample.descriptors)),
    },
  ];
}

function mergedByBlock(samples: readonly LoadSample[], kind: ReturnType<typeof latencyKind>) {
  const byBlock = [...Map.groupBy(samples, (sample) => sample.block)].sort(([a], [b]) => a - b);
  return byBlock.map(([block, same]) => ({
    block,
    repetition: same[0]?.repetition ?? 0,
    latency: merged(same.map((sample) => sample[kind])),
    service: merged(same.map((sample) => sample.service)),
    throughputPerSecond: throughputOf(same),
  }));
}

/** Several measurements of one block count by the time that each took. */
function throughputOf(samples: readonly LoadSample[]): number {
  const weight = samples.reduce((sum, sample) => sum + sample.durationNs, 0);
  if (weight === 0) return 0;
  return samples.reduce((sum, sample) => sum + sample.throughputPerSecond * sample.durationNs, 0) / weight;
}

function blockOf(block: {
  block: number;
  repetition: number;
  latency: Histogram;
  service: Histogram;
  throughputPerSecond: number;
}): LoadBlock {
  return { ...block, latency: latenciesOf(block.latency), service: latenciesOf(block.service) };
}

function trialOf(sample: LoadSample): LoadTrial {
  const { trial, block, generator, planned, sent, received, ok, failed, dropped, connections, durationNs } = sample;
  const { throughputPerSecond, steady, slo, failures } = sample;
  const failedGates = bindingGates(sample).filter((gate) => gate.status === 'failed');
  const counts = { planned, sent, received, ok, failed, dropped, connections, durationNs };
  return { trial, block, generator, ...counts, throughputPerSecond, steady, slo, failedGates, failures };
}

function invalidTrialOf(sample: LoadSample): InvalidTrial {
  return {
    ...trialOf(sample),
    latency: latenciesOf(merged([sample[latencyKind(sample)]])),
    service: latenciesOf(merged([sample.service])),
  };
}
