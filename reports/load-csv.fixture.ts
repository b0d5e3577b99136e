import type { Run } from '../harness/runs/run.ts';
import type { LoadSample } from '../harness/runs/schema.ts';
import { syntheticLoadRun } from '../harness/runs/synthetic-load.fixture.ts';
import { emptyHistogram } from '../harness/statistics/histogram.ts';

/** So many values of so many milliseconds each; up to 2 ms a histogram keeps them exactly. */
function histogramOf(...values: readonly (readonly [times: number, ms: number])[]): string {
  const histogram = emptyHistogram();
  for (const [times, ms] of values) histogram.record(ms * 1e6, times);
  return histogram.encode();
}

/** An open loop in which everything was seen, and which counts. */
const open: LoadSample = {
  ...{ schemaVersion: 1, kind: 'load', index: 3, at: '2026-01-01T00:00:09.000Z' },
  ...{ platform: 'faasd 0.19.0', block: 1, repetition: 2, round: 0, trial: 7, purpose: 'measure' },
  ...{ scenario: 'payload', function: 'rust-json', path: 'gateway', payloadBytes: 65_536 },
  arrivals: { kind: 'constant', ratePerSecond: 40, durationMs: 10_000 },
  body: { from: 'vector', name: '300 items', contentType: 'application/json', checked: 'answer' },
  generator: { name: 'k6', version: '2.1.0', place: 'generator', machines: 2, cpuNs: 4_500_000 },
  ...{ planned: 400, sent: 400, received: 390, ok: 340, failed: 60, dropped: 0, connections: 20 },
  failures: [
    { n: 50, status: 502, origin: 'gateway', words: 'no "route", to it' },
    { n: 10, status: 0, origin: 'harness', words: null },
  ],
  targetCpu: {
    requests: 400,
    perRequestNs: { gateway: 210_000, proxy: 0, provider: 320_000, function: 60_000, rest: 90_000 },
    wholePerRequestNs: 700_000,
  },
  descriptors: [
    { part: 'gateway', limit: 1024, before: 20, after: 30, most: 60, ranOut: false },
    { part: 'provider', limit: null, before: null, after: 8, most: 9, ranOut: false },
  ],
  durationNs: 9_000_000_000,
  warmUp: {
    ...{ durationMs: 1_000, sent: 41, failed: 3, dropped: 2, ended: true, words: 'warm-up of 1 s' },
    latency: histogramOf([30, 1.25], [11, 2]),
  },
  steady: { fromSecond: 1, reason: null, drift: -0.004, smallestDrift: 0.48, autocorrelation: 0.05 },
  // 400 requests are enough for p99, and too few for p99.9; p90 and less are shown of any number.
  intended: histogramOf([300, 1], [80, 1.5], [20, 2]),
  // 60 of them never got a right answer: from p90 on there is none.
  service: histogramOf([340, 0.5], [60, Number.POSITIVE_INFINITY]),
  lag: histogramOf([200, 0.009], [200, 0.018]),
  throughputPerSecond: 37.5,
  slo: { text: 'p99<50ms,errors<1%', verdict: 'broken', why: 'errors 15.0 %', limits: [] },
  gates: [{ id: 'send-lag', status: 'passed', measured: '0 %', hint: 'none' }],
  ...{ valid: true, whyNot: null },
};

/** A closed loop of which little is known, and which does not count. */
const closed: LoadSample = {
  ...open,
  ...{ index: 4, at: '2026-01-01T00:00:19.000Z', trial: 8, purpose: 'probe', scenario: 'throughput', path: 'direct' },
  arrivals: { kind: 'closed', connections: 16, durationMs: 5_000 },
  ...{ payloadBytes: 0, body: null, planned: null, received: null, sent: 3, ok: 3, failed: 0, failures: [] },
  generator: { name: 'autocannon', version: '8.0.0', place: 'harness', machines: 1, cpuNs: null },
  ...{ targetCpu: null, descriptors: [], connections: 16, slo: null, throughputPerSecond: 0.75 },
  warmUp: { durationMs: 0, sent: 0, failed: 0, dropped: 0, ended: null, words: '', latency: histogramOf() },
  steady: { fromSecond: null, reason: 'too short', drift: null, smallestDrift: null, autocorrelation: null },
  ...{
    intended: histogramOf(),
    service: histogramOf([3, 1.5]),
    lag: histogramOf(),
    valid: false,
    whyNot: 'steal: 9 %',
  },
  gates: [
    { id: 'steal', status: 'failed', measured: '9 %', hint: 'none' },
    { id: 'dropped', status: 'failed', measured: '12, limit 0', hint: 'none' },
    { id: 'clock', status: 'not-evaluated', measured: 'nothing', hint: 'none' },
  ],
};

/** Two measurements of load, of which {@link WRITTEN_CSV} is the CSV. */
export function writtenLoadRun(): Run {
  return { ...syntheticLoadRun(), records: [open, closed] };
}

/** Column, open loop, closed loop: written by hand, and so on purpose not by way of what it is an oracle for. */
const CELLS: readonly (readonly [string, string, string])[] = [
  ['index', '3', '4'],
  ['at', '2026-01-01T00:00:09.000Z', '2026-01-01T00:00:19.000Z'],
  ['platform', 'faasd 0.19.0', 'faasd 0.19.0'],
  ['block', '1', '1'],
  ['repetition', '2', '2'],
  ['round', '0', '0'],
  ['trial', '7', '8'],
  ['purpose', 'measure', 'probe'],
  ['scenario', 'payload', 'throughput'],
  ['function', 'rust-json', 'rust-json'],
  ['path', 'gateway', 'direct'],
  ['arrivals', 'constant', 'closed'],
  ['rate_per_second', '40', ''],
  ['ramp_to_per_second', '', ''],
  ['connections', '', '16'],
  ['plan_ms', '10000', '5000'],
  ['payload_bytes', '65536', '0'],
  ['body_from', 'vector', ''],
  ['body_name', '300 items', ''],
  ['content_type', 'application/json', ''],
  ['answers_checked', 'answer', ''],
  ['valid', 'true', 'false'],
  ['why_not', '', 'steal: 9 %'],
  ['failed_gates', '', '"steal: 9 %; dropped: 12, limit 0"'],
  ['planned', '400', ''],
  ['sent', '400', '3'],
  ['received', '390', ''],
  ['ok', '340', '3'],
  ['failed', '60', '0'],
  ['failures', '"502 by gateway: no ""route"", to it: 12.5 %; no answer by harness: 2.5 %"', ''],
  ['dropped', '0', '0'],
  ['connections_opened', '20', '16'],
  ['duration_ns', '9000000000', '9000000000'],
  ['cpu_gateway_ns_per_request', '210000', ''],
  ['cpu_proxy_ns_per_request', '0', ''],
  ['cpu_provider_ns_per_request', '320000', ''],
  ['cpu_function_ns_per_request', '60000', ''],
  ['cpu_rest_ns_per_request', '90000', ''],
  ['cpu_whole_ns_per_request', '700000', ''],
  ['gateway_descriptors_most', '60', ''],
  ['gateway_descriptors_limit', '1024', ''],
  ['proxy_descriptors_most', '', ''],
  ['proxy_descriptors_limit', '', ''],
  ['provider_descriptors_most', '9', ''],
  ['provider_descriptors_limit', '', ''],
  ['warm_up_ms', '1000', '0'],
  ['warm_up_sent', '41', '0'],
  ['warm_up_failed', '3', '0'],
  ['warm_up_dropped', '2', '0'],
  ['warm_up_p50_ns', '1250000', ''],
  ['warm_up_ended', 'true', ''],
  ['steady_from_second', '1', ''],
  ['unsteady_reason', '', 'too short'],
  ['drift', '-0.004', ''],
  ['smallest_drift', '0.48', ''],
  ['autocorrelation', '0.05', ''],
  ['ok_per_second', '37.5', '0.75'],
  ['intended_n', '400', '0'],
  ['intended_p50_ns', '1000000', ''],
  ['intended_p90_ns', '1500000', ''],
  ['intended_p99_ns', '2000000', ''],
  ['intended_p999_ns', '', ''],
  ['intended_max_ns', '2000000', ''],
  ['service_n', '400', '3'],
  ['service_p50_ns', '500000', '1500000'],
  ['service_p90_ns', 'Infinity', '1500000'],
  ['service_p99_ns', 'Infinity', ''],
  ['service_p999_ns', '', ''],
  ['service_max_ns', 'Infinity', '1500000'],
  ['lag_n', '400', '0'],
  ['lag_p50_ns', '9000', ''],
  ['lag_p90_ns', '18000', ''],
  ['lag_p99_ns', '18000', ''],
  ['lag_p999_ns', '', ''],
  ['lag_max_ns', '18000', ''],
  ['slo', '"p99<50ms,errors<1%"', ''],
  ['slo_verdict', 'broken', ''],
  ['slo_why', 'errors 15.0 %', ''],
  ['generator', 'k6', 'autocannon'],
  ['generator_version', '2.1.0', '8.0.0'],
  ['generator_place', 'generator', 'harness'],
  ['generator_machines', '2', '1'],
  ['generator_cpu_ns', '4500000', ''],
];

export const WRITTEN_CSV = [0, 1, 2].map((row) => `${CELLS.map((cells) => cells[row]).join(',')}\r\n`).join('');
