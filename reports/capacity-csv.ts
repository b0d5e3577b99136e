import type { Run } from '../harness/runs/run.ts';
import type { CapacitySample } from '../harness/runs/schema.ts';
import { table } from './csv.ts';
import { recordsOf } from './summary.ts';

type Row = Record<string, string | number | null>;

/**
 * What was sustained, every step of each search, and every ceiling, a row each; `counts` says of each whether it is a
 * result. RFC 4180, UTF-8.
 */
export function capacityCsv(run: Run): string {
  return table(recordsOf(run, 'capacity').flatMap(rowsOf));
}

function rowsOf(sample: CapacitySample): Row[] {
  const row = (what: string, perSecond: number | null, more: Partial<Row>, of: Standing): Row => ({
    at: sample.at,
    platform: sample.platform,
    block: sample.block,
    function: sample.function,
    path: sample.path,
    payload_bytes: sample.payloadBytes,
    slo: sample.slo,
    what,
    per_second: perSecond,
    connections: more.connections ?? null,
    verdict: more.verdict ?? null,
    trials: more.trials ?? null,
    why: more.why ?? null,
    counts: String(of.counts),
    why_not: of.whyNot,
  });
  return [
    row('sustained', sample.sustainedPerSecond, {}, sample),
    row('broken', sample.brokenPerSecond, { verdict: sample.brokenVerdict, why: sample.why }, sample),
    ...sample.steps.map((step) => {
      const { verdict, trials, why, ratePerSecond } = step;
      return row('step', ratePerSecond, { verdict, trials: trials.join(' '), why }, step);
    }),
    ...sample.ceilings.map((it) =>
      row('ceiling', it.perSecond, { connections: it.connections, trials: String(it.trial) }, it),
    ),
  ];
}

type Standing = Pick<CapacitySample, 'counts' | 'whyNot'>;
