export function formatMs(ns: number | null | undefined): string;
export function formatMsOf(spread: { readonly value: number | null; readonly never: boolean }): string;
export function formatShare(share: number | null | undefined): string;
export function formatRate(perSecond: number | null | undefined): string;
export function formatArrivals(
  arrivals:
    | { readonly kind: 'constant'; readonly ratePerSecond: number }
    | { readonly kind: 'ramping'; readonly fromPerSecond: number; readonly toPerSecond: number }
    | { readonly kind: 'closed'; readonly connections: number },
): string;
export function formatBytes(bytes: number | null | undefined): string;
export function formatCgroupLimit(bytes: number | null | 'unknown'): string;
export function formatRange(
  lower: number | null,
  upper: number | null,
  format: (value: number | null) => string,
): string;
export function shortened(text: string, width: number): string;
export function formatInterval(estimate: { readonly lowerNs: number | null; readonly upperNs: number | null }): string;

interface Failure {
  readonly status: number;
  readonly origin: string;
  readonly words: string | null;
}
export function formatFailure(failure: Failure): string;
export function formatFailures(
  failures: readonly (Failure & { readonly n: number })[],
  sent?: number | null,
  most?: number,
): string;
interface RatioLike {
  readonly ratio: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
}
export function formatP(p: number | null | undefined): string;
export function formatRatioOf(estimate: RatioLike | null | undefined): string;
export function formatRatioInterval(estimate: RatioLike | null | undefined): string;
interface SpreadLike {
  readonly lower: number | null;
  readonly upper: number | null;
  readonly kind: 'interval' | 'range' | 'within' | null;
  readonly blocks: number;
}
export function formatSpread(spread: SpreadLike, format: (value: number | null) => string): string;
export function scopeWords(estimate: {
  readonly over: 'deployments' | 'these' | null;
  readonly deployments: number;
}): string;
export function formatMicroseconds(ns: number | null | undefined): string;
export function formatDescriptors(it: {
  readonly part: string;
  readonly most: number;
  readonly limit: number | null;
  readonly ranOut: boolean;
}): string;
