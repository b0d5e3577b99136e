import type { VariantRecord } from '../functions/verify.ts';

/** One variant in one line. */
export function recordLine(record: VariantRecord): string {
  const { name, status, passed, failed, reason } = record;
  const [first] = record.differences;
  const why = reason ?? (first === undefined ? '' : `${first.vector} (${first.framing}): ${first.what}`);
  switch (status) {
    case 'same':
      return `${name}: all ${passed} vectors the same${record.skipped.length > 0 ? `, ${record.skipped.length} not asked` : ''}`;
    case 'different':
      return `${name}: ${failed} of ${passed + failed} vectors DIFFERENT, ${why}`;
    case 'unavailable':
      return `${name}: unavailable, ${why}`;
    case 'broken':
      return `${name}: BROKEN, ${why}`;
    case 'unknown':
      return `${name}: not asked, ${why}`;
  }
}
