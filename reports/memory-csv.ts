import type { Run } from '../harness/runs/run.ts';
import type { DensityStepSample, FootprintSample } from '../harness/runs/schema.ts';
import { table } from './csv.ts';
import { csvName, footprintMeasures } from './measures.ts';
import { recordsOf } from './summary.ts';

/** One row per moment at which a function's memory was read; empty cells where it could not be. RFC 4180, UTF-8. */
export function memoryCsv(run: Run): string {
  const rows = recordsOf(run, 'footprint').map((it) => ({
    ...placeOf(it),
    scenario: it.scenario,
    function: it.function,
    moment: it.moment,
    ...Object.fromEntries(footprintMeasures.map((measure) => [csvName(measure), it[measure.key]])),
  }));
  return table(rows);
}

/** One row per function on a machine that fills up. RFC 4180, UTF-8. */
export function densityCsv(run: Run): string {
  const rows = recordsOf(run, 'density-step').map((it) => ({
    ...placeOf(it),
    function: it.function,
    deployed: it.deployed,
    used_bytes: it.usedBytes,
    limit_bytes: it.limitBytes,
    first_answer_ns: it.latencyNs,
  }));
  return table(rows);
}

function placeOf({ index, at, platform, block, repetition, round }: FootprintSample | DensityStepSample) {
  return { index, at, platform, block, repetition, round };
}
