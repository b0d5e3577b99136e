import type { Random } from '../core/random.ts';
import type { Path, RunRecord, SentBody } from './schema.ts';

/** Requests a second that a synthetic function has room for. */
export const CAPACITY = 640;

export type LoadScenario = 'latency' | 'payload' | 'throughput' | 'soak' | 'memory' | 'burst';

/** Invented numbers for tests of reports; never shown to anybody as a measurement. */
export interface SyntheticLoadOptions {
  readonly seed?: number;
  readonly scenarios?: readonly LoadScenario[];
  readonly platforms?: readonly string[];
  readonly functions?: readonly string[];
  readonly rates?: readonly number[];
  readonly paths?: readonly Path[];
  readonly payloads?: readonly number[];
  /** What was sent; null for a run of before it was recorded. */
  readonly body?: SentBody;
  readonly seconds?: number;
  /** Per platform. */
  readonly blocks?: number;
  /** Numbers of measurements in which a gate fails. */
  readonly invalidTrials?: readonly number[];
  readonly killed?: boolean;
}

export interface LoadContext {
  readonly random: Random;
  readonly clock: { ms: number };
  readonly records: RunRecord[];
  readonly options: SyntheticLoadOptions;
  trials: number;
}

export type LoadPlace = { platform: string; block: number; function: string };

function repetitionOf({ options }: LoadContext, block: number): number {
  return Math.floor(block / (options.platforms?.length ?? 1));
}

export function head(context: LoadContext, { platform, block }: LoadPlace, tookMs: number) {
  context.clock.ms += tookMs;
  const at = new Date(context.clock.ms).toISOString();
  return {
    schemaVersion: 1 as const,
    index: context.records.length,
    at,
    platform,
    block,
    repetition: repetitionOf(context, block),
    round: 0,
  };
}
