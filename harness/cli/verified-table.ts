import { table } from '../../reports/terminal/layout.ts';
import type { VerifyResult } from '../verification/verify.ts';

type VariantRecord = VerifyResult['record']['variants'][number];

/** How many differences of a variant are listed; the rest is in the JSON. */
const LISTED = 5;

/** All variants as a table, then what was different. */
export function recordTable({ variants, by }: VerifyResult['record']): string {
  const head = ['variant', 'result', 'passed', 'failed', 'image', 'layers', 'user'];
  const rows = variants.map((it) => [
    it.name,
    it.status,
    String(it.passed),
    String(it.failed),
    ...(it.image === null
      ? ['', '', '']
      : [megabytes(it.image.sizeBytes), String(it.image.layers), it.image.user || 'root']),
  ]);
  const lines = table(head, rows, (title, column) => column <= 1 || title === 'user');
  return [`${variants.length} variants, asked by ${by}`, ...lines, ...variants.flatMap(details)].join('\n');
}

function details({ name, differences, skipped, reason }: VariantRecord): readonly string[] {
  if (reason !== null) return ['', `${name}: ${reason}`];
  const unasked = skipped.length === 0 ? [] : ['', `${name}: not asked behind its watchdog: ${skipped.join(', ')}`];
  if (differences.length === 0) return unasked;
  const listed = differences.slice(0, LISTED).map((it) => `  ${it.vector} (${it.framing}): ${it.what}`);
  const more = differences.length > LISTED ? [`  … and ${differences.length - LISTED} more`] : [];
  return [...unasked, '', `${name}:`, ...listed, ...more];
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
