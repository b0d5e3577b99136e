import type { LoadSample } from '../../harness/runs/schema.ts';
import { type CpuPart, cpuParts, cpuWhole, figuresOf } from '../measures.ts';
import { reduced } from './reduction.ts';

/** Processor time of the machine under test for one request, over all measurements of a cell that count; in ns. */
export interface CpuPerRequest extends Readonly<Record<CpuPart, number | null>> {
  /** Of the parts. */
  readonly total: number;
  /** What the parts should add up to; null where nobody knows. */
  readonly whole: number | null;
}

/** Each measurement weighs as much as it had requests. */
export function cpuPerRequest(samples: readonly Pick<LoadSample, 'targetCpu'>[]): CpuPerRequest | null {
  const known = samples.flatMap(({ targetCpu }) => targetCpu ?? []);
  const requests = known.map((it) => it.requests);
  if (requests.every((n) => n === 0)) return null;
  const parts = figuresOf(cpuParts, (measure) => {
    const readings = known.map((it) => it.perRequestNs[measure.key]);
    return reduced(measure, readings, requests);
  });
  return {
    ...parts,
    total: Object.values(parts).reduce((sum: number, ns) => sum + (ns ?? 0), 0),
    whole: reduced(
      cpuWhole,
      known.map((it) => it.wholePerRequestNs),
      requests,
    ),
  };
}
