import type { Run } from '../harness/runs/run.ts';
import type { LoadSample } from '../harness/runs/schema.ts';
import { table } from './csv.ts';
import { formatFailures } from './format.ts';
import { cpuParts, cpuWhole, csvName, latencyMeasures } from './measures.ts';
import { type Latencies, latenciesOf, merged } from './summary/latencies.ts';
import { recordsOf } from './summary.ts';

/**
 * One row per measurement of load, valid or not and searches included; empty cells where nothing was observed or where
 * there are too few requests for a quantile. RFC 4180, UTF-8.
 */
export function loadCsv(run: Run): string {
  return table(recordsOf(run, 'load').map(rowOf), COLUMNS);
}

const DESCRIPTOR_PARTS = ['gateway', 'proxy', 'provider'] as const;
const COLUMNS = [
  ...[
    'index',
    'at',
    'platform',
    'block',
    'repetition',
    'round',
    'trial',
    'purpose',
    'scenario',
    'function',
    'path',
    'arrivals',
  ],
  ...[
    'rate_per_second',
    'ramp_to_per_second',
    'connections',
    'plan_ms',
    'payload_bytes',
    'body_from',
    'body_name',
    'content_type',
    'answers_checked',
    'valid',
    'why_not',
    'failed_gates',
  ],
  ...['planned', 'sent', 'received', 'ok', 'failed', 'failures', 'dropped', 'connections_opened', 'duration_ns'],
  ...[...cpuParts, cpuWhole].map(csvName),
  ...DESCRIPTOR_PARTS.flatMap((part) => [`${part}_descriptors_most`, `${part}_descriptors_limit`]),
  ...['warm_up_ms', 'warm_up_sent', 'warm_up_failed', 'warm_up_dropped', 'warm_up_p50_ns', 'warm_up_ended'],
  ...['steady_from_second', 'unsteady_reason', 'drift', 'smallest_drift', 'autocorrelation', 'ok_per_second'],
  ...['intended', 'service', 'lag'].flatMap((of) => [
    `${of}_n`,
    ...latencyMeasures.map((it) => `${of}_${csvName(it)}`),
  ]),
  ...[
    'slo',
    'slo_verdict',
    'slo_why',
    'generator',
    'generator_version',
    'generator_place',
    'generator_machines',
    'generator_cpu_ns',
  ],
];

type Value = string | number | null;

function rowOf(sample: LoadSample): Value[] {
  const { arrivals, steady, slo, generator } = sample;
  return [
    ...[
      sample.index,
      sample.at,
      sample.platform,
      sample.block,
      sample.repetition,
      sample.round,
      sample.trial,
      sample.purpose,
    ],
    ...[sample.scenario, sample.function, sample.path, arrivals.kind],
    arrivals.kind === 'constant' ? arrivals.ratePerSecond : arrivals.kind === 'ramping' ? arrivals.fromPerSecond : null,
    arrivals.kind === 'ramping' ? arrivals.toPerSecond : null,
    arrivals.kind === 'closed' ? arrivals.connections : null,
    ...[arrivals.durationMs, sample.payloadBytes, ...bodyOf(sample)],
    ...[String(sample.valid), sample.whyNot, failedGates(sample)],
    ...[sample.planned, sample.sent, sample.received, sample.ok, sample.failed],
    failuresText(sample),
    sample.dropped,
    ...[sample.connections, sample.durationNs, ...targetOf(sample)],
    ...warmUpOf(sample),
    ...[steady.fromSecond, steady.reason, steady.drift, steady.smallestDrift, steady.autocorrelation],
    sample.throughputPerSecond,
    ...[sample.intended, sample.service, sample.lag].flatMap((it) => valuesOf(latenciesOf(merged([it])))),
    ...[slo?.text ?? null, slo?.verdict ?? null, slo?.why ?? null],
    ...[generator.name, generator.version, generator.place, generator.machines, generator.cpuNs],
  ];
}

/** "404 by gateway: error finding function …: 64.0 %; …", all of them. */
function failuresText({ failures, sent }: LoadSample): string | null {
  return failures.length === 0 ? null : formatFailures(failures, sent, failures.length);
}

function warmUpOf({ warmUp }: LoadSample): Value[] {
  const { durationMs, sent, failed, dropped, latency, ended } = warmUp;
  return [durationMs, sent, failed, dropped, merged([latency]).quantile(0.5), ended === null ? null : String(ended)];
}

function targetOf({ targetCpu, descriptors }: LoadSample): Value[] {
  return [
    ...cpuParts.map(({ key }) => targetCpu?.perRequestNs[key] ?? null),
    targetCpu?.wholePerRequestNs ?? null,
    ...DESCRIPTOR_PARTS.flatMap((part) => {
      const known = descriptors.find((it) => it.part === part);
      return [known?.most ?? null, known?.limit ?? null];
    }),
  ];
}

function bodyOf({ body }: LoadSample): Value[] {
  if (body === null) return [null, null, null, null];
  return [body.from, body.name, body.contentType, body.checked];
}

/** "Infinity", which readers of CSV take for a number, for what never came; empty where there are too few. */
function valuesOf(latencies: Latencies): Value[] {
  return [
    latencies.n,
    ...latencyMeasures.map(({ key }) => (latencies.never.includes(key) ? 'Infinity' : latencies[key])),
  ];
}

function failedGates(sample: LoadSample): string | null {
  const failed = sample.gates.filter((gate) => gate.status === 'failed');
  return failed.length === 0 ? null : failed.map((gate) => `${gate.id}: ${gate.measured}`).join('; ');
}
