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
