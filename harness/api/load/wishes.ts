import type { Slo } from '../../load/slo.ts';
import type { Path } from '../../runs/schema.ts';
import type { Payload } from './trial.ts';

/** What was asked of the scenarios that put load on. */
export interface LoadWishes {
  readonly profile: string;
  /** Requests per second. */
  readonly rates: readonly number[];
  /** Of each measurement. */
  readonly durationMs: number;
  /** Of the load before each of them, at the same rate. */
  readonly warmUpMs: number;
  /** Sizes in bytes, or each function's own body. */
  readonly payloads: readonly Payload[];
  readonly paths: readonly Path[];
  readonly slo: Slo | undefined;
  /** Deployments of each function per platform: the unit of statistics. */
  readonly blocks: number;
}
