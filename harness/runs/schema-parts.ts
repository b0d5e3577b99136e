import { z } from 'zod';

export const SCHEMA_VERSION = 1;

export const count = z.number().int().nonnegative();
export const durationNs = z.number().nonnegative();

/** What every record of a run begins with. */
export const head = {
  schemaVersion: z.literal(SCHEMA_VERSION),
  /** Running number within the run, from 0. */
  index: count,
  /** Wall clock, ISO 8601, UTC. */
  at: z.iso.datetime(),
  /** Label of the platform, as in the manifest. */
  platform: z.string(),
  /** One deployment on one machine; the unit of statistics. */
  block: count,
  /**
   * In which repetition of the plan, and on which lane of machines: blocks of different platforms with the same number
   * were measured next to each other and are compared with each other, whichever others are missing.
   */
  repetition: count,
  /** Within a block every function × level comes once a round. */
  round: count,
};

/** What every record has besides what was measured. */
export type RecordHead = keyof typeof head | 'kind';

/** Whose answer a wrong answer was; `harness`: our own end, which says nothing of the platform. */
export const originSchema = z.enum(['function', 'watchdog', 'provider', 'gateway', 'queue', 'cloud', 'harness']);
export type Origin = z.infer<typeof originSchema>;
