import type { PlatformDeathSample, RecordHead } from '../../harness/runs/schema.ts';

/** A platform that died under what was asked of it, as its record has it. */
export type DeathSummary = Omit<PlatformDeathSample, Exclude<RecordHead, 'platform' | 'block'>>;

export function summariseDeaths(deaths: readonly PlatformDeathSample[]): DeathSummary[] {
  return deaths.map(({ schemaVersion: _1, kind: _2, index: _3, at: _4, repetition: _5, round: _6, ...death }) => death);
}
