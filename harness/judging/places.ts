import type { DensitySample, RunRecord } from '../runs/schema.ts';
import { kindOf } from './run-evidence.ts';

/** One deployment of one function. */
export interface Place {
  readonly platform: string;
  readonly function: string;
  readonly block: number;
}

/** In words: "rust-hello on control, block 0". */
export function placeName({ platform, function: name, block }: Place): string {
  return `${name} on ${platform}, block ${block}`;
}

/** What is said last of each machine that was filled up: a forecast, or how many fit. */
export function lastDensities(records: readonly RunRecord[]): readonly DensitySample[] {
  return [...Map.groupBy(kindOf(records, 'density'), placeName).values()].flatMap((same) => same.slice(-1));
}
