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

export const gateSchema = z.object({
  id: z.string(),
  status: z.enum(['passed', 'failed', 'not-evaluated']),
  /** What was measured against what: "steal 0.4 % (limit 2 %)". */
  measured: z.string(),
  /** Why it matters, and what to do when it failed. */
  hint: z.string(),
  /**
   * Of a gate in a verdict: `measurement` when each measurement has it by itself, so that those which passed stand; absent
   * when it says something of the run as a whole.
   */
  scope: z.literal('measurement').optional(),
  /**
   * Of a gate of a measurement: false where it stands although this one failed, as a step of a search does that goes to
   * the limit; absent where it stands or falls by it.
   */
  binds: z.literal(false).optional(),
});
export type Gate = z.infer<typeof gateSchema>;

/** @param ok null: nobody could look */
export function gate(id: string, ok: boolean | null, measured: string, hint: string): Gate {
  return { id, status: ok === null ? 'not-evaluated' : ok ? 'passed' : 'failed', measured, hint };
}

/** Whoever cannot see these knows neither what load was put on nor whether the generator was short of processors. */
const MUST_LOOK: ReadonlySet<string> = new Set(['none-dropped', 'on-time', 'processors-free']);

/**
 * Was a measurement judged by gates that bind it? Not when none of them could look, nor when one could not that says what
 * was measured at all.
 */
export function isJudged(gates: readonly Gate[]): boolean {
  const binding = gates.filter((gate) => gate.binds !== false);
  const isBlind = binding.some((gate) => gate.status === 'not-evaluated' && MUST_LOOK.has(gate.id));
  return !isBlind && binding.some((gate) => gate.status !== 'not-evaluated');
}
