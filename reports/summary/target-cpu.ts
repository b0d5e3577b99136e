import type { LoadSample } from '../../harness/runs/schema.ts';

/** Processor time of the machine under test for one request, over all measurements of a cell that count; in ns. */
export interface CpuPerRequest {
  readonly gateway: number;
  readonly proxy: number;
  readonly provider: number;
  readonly function: number;
  readonly rest: number;
  /** Of the parts. */
  readonly total: number;
  /** What the parts should add up to; null where nobody knows. */
  readonly whole: number | null;
}

/** Each measurement weighs as much as it had requests. */
export function cpuPerRequest(samples: readonly Pick<LoadSample, 'targetCpu'>[]): CpuPerRequest | null {
  const known = samples.flatMap(({ targetCpu }) => targetCpu ?? []);
  const requests = known.reduce((sum, it) => sum + it.requests, 0);
  if (requests === 0) return null;
  const mean = (of: (it: (typeof known)[number]) => number): number =>
    known.reduce((sum, it) => sum + of(it) * it.requests, 0) / requests;
  const part = (name: keyof (typeof known)[number]['perRequestNs']): number => mean((it) => it.perRequestNs[name]);
  const parts = {
    gateway: part('gateway'),
    proxy: part('proxy'),
    provider: part('provider'),
    function: part('function'),
    rest: part('rest'),
  };
  const isKnown = known.every((it) => it.wholePerRequestNs !== null);
  return {
    ...parts,
    total: Object.values(parts).reduce((sum, ns) => sum + ns, 0),
    whole: isKnown ? mean((it) => it.wholePerRequestNs ?? 0) : null,
  };
}
