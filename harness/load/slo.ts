import { usageError } from '../core/errors.ts';

/** One limit of a service-level objective. Latencies are intended-time latencies where there are any. */
export type Limit =
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
  const parts = text.replaceAll(/\s/g, '').split(',');
  const named = parts.filter((part) => part !== '');
  const limits = (named.length > 0 ? named : parts).map((part) => parseLimit(part, text));
  return { text: limits.map((it) => it.text).join(','), limits };
}

function parseLimit(part: string, whole: string): Limit {
  const limit = limitOf(part);
  if (limit !== undefined && !saysNothing(limit)) return limit;
  if (limit !== undefined) {
    throw usageError(
      'E_SLO',
      `"${part}" in --slo '${whole}' is kept or broken whatever happens`,
      'a percentile above p0, a time above 0, and a share of errors above 0 % and up to 100 %',
    );
  }
  throw usageError(
    'E_SLO',
    `cannot understand "${part}" in --slo '${whole}'`,
    'several limits separated by commas, such as p50<5ms, p99.9<1s or errors<0.1%',
  );
}

function limitOf(part: string): Limit | undefined {
  const latency = LATENCY.exec(part);
  if (latency !== null) {
    const [, p = '', value = '', unit = ''] = latency;
    return { kind: 'latency', text: part, p: Number(p) / 100, belowNs: Number(value) * (UNIT_NS[unit] ?? Number.NaN) };
  }
  const errors = ERRORS.exec(part);
  return errors === null ? undefined : { kind: 'errors', text: part, belowShare: Number(errors[1]) / 100 };
}

/** Nothing is quicker than no time, and more than all cannot fail. */
function saysNothing(limit: Limit): boolean {
  if (limit.kind === 'latency') return limit.p <= 0 || limit.belowNs <= 0;
  return limit.belowShare <= 0 || limit.belowShare > 1;
}
