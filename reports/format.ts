// How numbers read, in every kind of report: the page in a browser has these lines, too, so nothing here needs Node.

/** What could not be measured or does not apply is a dash. */
type Missing = null | undefined;

/** Milliseconds with three to four digits, without unit: 0.42, 9.81, 42.3, 1234. */
export function formatMs(ns: number | Missing): string {
  if (ns === null || ns === undefined) return '–';
  const ms = ns / 1e6;
  const digits = ms < 10 ? 2 : ms < 1000 ? 1 : 0;
  return ms.toFixed(digits);
}

/** A figure over blocks, in ms; "never" where what was waited for did not come. */
export function formatMsOf(spread: { readonly value: number | null; readonly never: boolean }): string {
  return spread.never ? 'never' : formatMs(spread.value);
}

function formatRatio(ratio: number | Missing): string {
  return ratio === null || ratio === undefined ? '–' : ratio.toFixed(2);
}

/** A probability with three digits: 0.031; what is smaller than 0.001 is called so. */
export function formatP(p: number | Missing): string {
  if (p === null || p === undefined) return '–';
  return p < 0.001 ? '<0.001' : p.toFixed(3);
}

/** A ratio with its 95 % interval; null where there is none, and where it is infinite. */
interface Ratio {
  readonly ratio: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
}

/** The interval of a ratio; "never" where its upper end is infinite. */
export function formatRatioInterval(estimate: Ratio | Missing): string {
  if (estimate === null || estimate === undefined || estimate.lower === null) return '–';
  return `${formatRatio(estimate.lower)}…${estimate.upper === null ? 'never' : formatRatio(estimate.upper)}`;
}

/** A ratio; "never" where it is infinite. */
export function formatRatioOf(estimate: Ratio | Missing): string {
  if (estimate === null || estimate === undefined) return '–';
  return estimate.ratio === null ? 'never' : formatRatio(estimate.ratio);
}

/** A share of 1 in percent. */
export function formatShare(share: number | Missing): string {
  return share === null || share === undefined ? '–' : `${(share * 100).toFixed(1)} %`;
}

/** Requests per second with three to four digits, without unit: 0.50, 12.5, 640. */
export function formatRate(perSecond: number | Missing): string {
  if (perSecond === null || perSecond === undefined) return '–';
  return Number.isInteger(perSecond)
    ? String(perSecond)
    : perSecond.toFixed(perSecond < 10 ? 2 : perSecond < 100 ? 1 : 0);
}

/** How requests arrive, as records of load have it. */
type Arrivals =
  | { readonly kind: 'constant'; readonly ratePerSecond: number }
  | { readonly kind: 'ramping'; readonly fromPerSecond: number; readonly toPerSecond: number }
  | { readonly kind: 'closed'; readonly connections: number };

/** How requests arrive: by the clock, or over so many connections that each wait for their answer. */
export function formatArrivals(arrivals: Arrivals): string {
  if (arrivals.kind === 'ramping') {
    return `${formatRate(arrivals.fromPerSecond)}…${formatRate(arrivals.toPerSecond)}/s`;
  }
  return arrivals.kind === 'constant' ? `${formatRate(arrivals.ratePerSecond)}/s` : `${arrivals.connections} conn.`;
}

/** Bytes in the binary unit that leaves at least one digit before the point. */
export function formatBytes(bytes: number | Missing): string {
  if (bytes === null || bytes === undefined) return '–';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 2 : 1)} ${units[unit]}`;
}

/** The limit of a cgroup: none where it has no limit, a dash where nobody could read it. */
export function formatCgroupLimit(bytes: number | null | 'unknown'): string {
  if (bytes === 'unknown') return '–';
  return bytes === null ? 'none' : formatBytes(bytes);
}

/** "a…b", or a dash where a bound is missing. */
export function formatRange(
  lower: number | null,
  upper: number | null,
  format: (value: number | null) => string,
): string {
  return lower === null && upper === null ? '–' : `${format(lower)}…${format(upper)}`;
}

/** The interval of a summary's estimate, in ms; "never" where its upper end had no correct answer. */
export function formatInterval({
  lowerNs,
  upperNs,
}: {
  readonly lowerNs: number | null;
  readonly upperNs: number | null;
}): string {
  if (lowerNs === null) return '–';
  return `${formatMs(lowerNs)}…${upperNs === null ? 'never' : formatMs(upperNs)}`;
}

/** Of which deployments an interval speaks where they are too few to speak of any: " within one deployment", or nothing. */
export function scopeWords({
  over,
  deployments,
}: {
  readonly over: 'deployments' | 'these' | null;
  readonly deployments: number;
}): string {
  if (over !== 'these') return '';
  return ` within ${deployments === 1 ? 'one deployment' : `${deployments} deployments`}`;
}

/** How far a figure over blocks may be off, and how that is known; null where it is not. */
interface SpreadBounds {
  readonly lower: number | null;
  readonly upper: number | null;
  readonly kind: 'interval' | 'range' | 'within' | null;
  readonly blocks: number;
}

/** What is known of how far a figure over blocks may be off, in words where it is no interval over deployments. */
export function formatSpread(spread: SpreadBounds, format: (value: number | null) => string): string {
  const { kind, blocks, lower, upper } = spread;
  if (kind === null) return blocks === 1 ? 'one block' : '–';
  const words = { interval: '', range: ` of ${blocks}`, within: ' within one' };
  return `${formatRange(lower, upper, format)}${words[kind]}`;
}

/** At most `width` characters: what is too long loses its middle, because names differ at their ends. */
export function shortened(text: string, width: number): string {
  const characters = [...text];
  if (characters.length <= width) return text;
  const half = Math.floor((width - 1) / 2);
  return `${characters.slice(0, width - 1 - half).join('')}…${characters.slice(-half).join('')}`;
}

/** How requests failed; status 0 where no answer came. */
interface Failure {
  readonly status: number;
  readonly origin: string;
  readonly words: string | null;
}

/** "404 by gateway: error finding function …": what failed requests say, and whose answer it was. */
export function formatFailure({ status, origin, words }: Failure): string {
  const what = `${status === 0 ? 'no answer' : status} by ${origin}`;
  return words === null ? what : `${what}: ${words}`;
}

/** The most frequent ones with their shares of all requests, or, of few, with how many; the rest as a number of kinds. */
export function formatFailures(
  failures: readonly (Failure & { readonly n: number })[],
  sent: number | null = null,
  most = 3,
): string {
  const named = (it: Failure & { readonly n: number }): string =>
    sent === null ? `${it.n} × ${formatFailure(it)}` : `${formatFailure(it)}: ${formatShare(it.n / sent)}`;
  const shown = failures.slice(0, most).map(named);
  const more = failures.length > most ? [`${failures.length - most} other kinds`] : [];
  return [...shown, ...more].join('; ');
}

/** Nanoseconds as whole microseconds. */
export function formatMicroseconds(ns: number | Missing): string {
  return ns === null || ns === undefined ? '–' : String(Math.round(ns / 1000));
}

/** "gateway had 1021 of 1024 descriptors open: it ran out of them". */
export function formatDescriptors({
  part,
  most,
  limit,
  ranOut,
}: {
  readonly part: string;
  readonly most: number;
  readonly limit: number | null;
  readonly ranOut: boolean;
}): string {
  const share = limit === null ? `${most} descriptors open, no limit` : `${most} of ${limit} descriptors open`;
  return `${part} had ${share}${ranOut ? ': it ran out of them' : ''}`;
}
