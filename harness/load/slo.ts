import { usageError } from '../core/errors.ts';
import type { LoadResult } from './load.ts';
import type { Reduced } from './steady.ts';

/** What an objective is held against: of a whole measurement, or of a second of it. */
type Counts = Pick<LoadResult, 'sent' | 'failed' | 'dropped'>;
type Latencies = Pick<Reduced, 'intended' | 'service'>;

/** One limit of a service-level objective. Latencies are intended-time latencies where there are any. */
type Limit =
  | { readonly kind: 'latency'; readonly text: string; readonly p: number; readonly belowNs: number }
  | { readonly kind: 'errors'; readonly text: string; readonly belowShare: number };

export interface Slo {
  readonly text: string;
  readonly limits: readonly Limit[];
}

const LATENCY = /^p(\d{1,2}(?:\.\d+)?)<(\d+(?:\.\d+)?)(us|µs|ms|s)$/;
const ERRORS = /^errors<(\d+(?:\.\d+)?)%$/;
const UNIT_NS: Readonly<Record<string, number>> = { us: 1e3, µs: 1e3, ms: 1e6, s: 1e9 };

/**
 * Parses `p99<50ms,errors<0.1%`.
 *
 * @throws GivreError `E_SLO` (usage) that names the part which cannot be understood.
 */
export function parseSlo(text: string): Slo {
  const limits = text.split(',').map((part) => parseLimit(part.replaceAll(/\s/g, ''), text));
  return { text: limits.map((it) => it.text).join(','), limits };
}

function parseLimit(part: string, whole: string): Limit {
  const latency = LATENCY.exec(part);
  if (latency !== null) {
    const [, p = '', value = '', unit = ''] = latency;
    return { kind: 'latency', text: part, p: Number(p) / 100, belowNs: Number(value) * (UNIT_NS[unit] ?? Number.NaN) };
  }
  const errors = ERRORS.exec(part);
  if (errors !== null) return { kind: 'errors', text: part, belowShare: Number(errors[1]) / 100 };
  throw usageError(
    'E_SLO',
    `cannot understand "${part}" in --slo '${whole}'`,
    'several limits separated by commas, such as p50<5ms, p99.9<1s or errors<0.1%',
  );
}

interface SloVerdict {
  readonly kept: boolean;
  /** Every limit with what was measured. */
  readonly why: string;
}

/** Holds what was measured against each limit. Requests that were never sent count as errors. */
export function judgeSlo(slo: Slo, result: Counts, reduced: Latencies): SloVerdict {
  const judged = slo.limits.map((limit) => judgeLimit(limit, result, reduced));
  return { kept: judged.every((it) => it.kept), why: judged.map((it) => it.why).join(', ') };
}

function judgeLimit(limit: Limit, result: Counts, reduced: Latencies): SloVerdict {
  if (limit.kind === 'errors') {
    const asked = result.sent + result.dropped;
    const share = asked === 0 ? 1 : (result.failed + result.dropped) / asked;
    return { kept: share < limit.belowShare, why: `errors ${(share * 100).toFixed(2)} % (${limit.text})` };
  }
  const latencies = reduced.intended.count > 0 ? reduced.intended : reduced.service;
  const value = latencies.quantile(limit.p);
  if (value === null) return { kept: false, why: `no answer at all (${limit.text})` };
  const name = limit.text.slice(0, limit.text.indexOf('<'));
  return { kept: value < limit.belowNs, why: `${name} ${(value / 1e6).toFixed(2)} ms (${limit.text})` };
}
