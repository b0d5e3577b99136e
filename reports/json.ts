import type { Summary } from './summary.ts';

/** The summary for machines: what `--json` prints and `summary.json` holds. Ends with a line break. */
export function summaryJson(summary: Summary): string {
  return `${JSON.stringify(summary, null, 2)}\n`;
}
