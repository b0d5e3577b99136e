import type { Gate } from '../runs/schema.ts';
import { allMeasured } from './gates/all-measured.ts';
import { cellsMeasured } from './gates/cells-measured.ts';
import { cleanBetweenBlocks } from './gates/clean-between-blocks.ts';
import { clientsHeard } from './gates/clients-heard.ts';
import { clockSteady } from './gates/clock-steady.ts';
import { complete } from './gates/complete.ts';
import { endReached } from './gates/end-reached.ts';
import { explained } from './gates/explained.ts';
import { forecastEarly } from './gates/forecast-early.ts';
import { harnessSound } from './gates/harness-sound.ts';
import { judged } from './gates/judged.ts';
import { memoryRead } from './gates/memory-read.ts';
import { provenCold } from './gates/proven-cold.ts';
import { searchJudged } from './gates/search-judged.ts';
import { sentinelSteady } from './gates/sentinel-steady.ts';
import { steal } from './gates/steal.ts';
import type { RunGate } from './run-evidence.ts';

/** The gates of a run, in the order in which verdicts have them. */
export const runGates: readonly RunGate[] = [
  complete,
  cellsMeasured,
  provenCold,
  harnessSound,
  clockSteady,
  steal,
  explained,
  sentinelSteady,
  cleanBetweenBlocks,
  allMeasured,
  judged,
];

/** Those of scenarios whose measurements have no gates of their own; they come after the gates that measurements have. */
export const scenarioGates: readonly RunGate[] = [searchJudged, clientsHeard, memoryRead, endReached, forecastEarly];

/** Without these nobody knows whether anything was measured well. What some machines cannot tell (steal) is not among them. */
const MUST_LOOK: ReadonlySet<string> = new Set(
  [...runGates, ...scenarioGates].filter((it) => it.mustLook).map(({ id }) => id),
);

/** Does a gate of a verdict speak against the run: by having failed, or by not having looked where somebody must? */
export function speaksAgainst({ id, status }: Gate): boolean {
  return status === 'failed' || (status === 'not-evaluated' && MUST_LOOK.has(id));
}
