import { inertJson } from '../harness/core/inert.ts';
import type { Summary } from './summary.ts';

/** The summary for machines: what `--json` prints and `summary.json` holds. Ends with a line break. */
export function summaryJson(summary: Summary): string {
  return `${inertJson(summary, 2)}\n`;
}
