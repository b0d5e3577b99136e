export function formatMs(ns: number | null | undefined): string;
export function formatRatio(ratio: number | null | undefined): string;
export function formatShare(share: number | null | undefined): string;
export function formatBytes(bytes: number | null | undefined): string;
export function formatRange(
  lower: number | null,
  upper: number | null,
  format: (value: number | null) => string,
): string;
