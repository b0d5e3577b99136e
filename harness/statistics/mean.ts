import type { LocationEstimate } from './hodges-lehmann.ts';
import { studentQuantile } from './regression.ts';

/**
 * Mean with Student's two-sided confidence interval (Student, Biometrika 6(1), 1908); bounds from two values on, null
 * without any. Assumes roughly normal values.
 */
export function meanEstimate(values: readonly number[], confidence = 0.95): LocationEstimate | null {
  const n = values.length;
  if (n === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { estimate: mean, lower: null, upper: null };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const half = studentQuantile(1 - (1 - confidence) / 2, n - 1) * Math.sqrt(variance / n);
  return { estimate: mean, lower: mean - half, upper: mean + half };
}
