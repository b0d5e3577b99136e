import { messageOf } from '../harness/core/errors.ts';
import type { RunRecord } from '../harness/runs/schema.ts';
import { decodeHistogram } from '../harness/statistics/histogram.ts';

/** What makes a record unfit although it has the right form: a histogram that cannot be decoded. Undefined: nothing. */
export function damageOf(record: RunRecord): string | undefined {
  for (const [name, text] of Object.entries(histogramsOf(record))) {
    try {
      decodeHistogram(text);
    } catch (error) {
      return `has a damaged histogram (${name}: ${messageOf(error)})`;
    }
  }
  return undefined;
}

function histogramsOf(record: RunRecord): Readonly<Record<string, string>> {
  switch (record.kind) {
    case 'load': {
      const { intended, service, lag, warmUp } = record;
      return { intended, service, lag, 'warmUp.latency': warmUp.latency };
    }
    case 'load-second': {
      const { intended, service, lag } = record;
      return { intended, service, lag };
    }
    case 'async': {
      const { accept, callback } = record;
      return { accept, callback };
    }
    default:
      return {};
  }
}
