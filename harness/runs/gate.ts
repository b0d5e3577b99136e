import { z } from 'zod';

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

/** What a gate has found out. */
export interface Finding {
  /** Null: nobody could look. */
  readonly ok: boolean | null;
  /** What was measured against what, as it is stored and shown. */
  readonly measured: string;
}

/** All that there is to say of one gate. `E` is what it looks at; what judges takes nothing from anywhere else. */
export interface GateDefinition<E> {
  /** As it is stored and shown; also the name of its file. */
  readonly id: string;
  /** As `measured` words it; null where a gate is a plain yes or no. */
  readonly limit: string | null;
  /** Why it matters, and what to do when it failed. */
  readonly hint: string;
  /** True of a gate without which nobody knows what was measured: that it could not look counts as a failure, too. */
  readonly mustLook?: true;
  /** As in what is stored. */
  readonly scope?: Gate['scope'];
  /** Is there anything to ask? Where not, it is not among the gates at all. Default: always. */
  readonly applies?: (evidence: E) => boolean;
  readonly judge: (evidence: E) => Finding;
}

/** Asks one gate. */
export function judgeGate<E>({ id, hint, scope, judge }: GateDefinition<E>, evidence: E): Gate {
  const { ok, measured } = judge(evidence);
  const status = ok === null ? 'not-evaluated' : ok ? 'passed' : 'failed';
  return { id, status, measured, hint, ...(scope === undefined ? {} : { scope }) };
}

/** Asks all that apply, in their order. */
export function judgeGates<E>(definitions: readonly GateDefinition<E>[], evidence: E): Gate[] {
  return definitions
    .filter(({ applies }) => applies === undefined || applies(evidence))
    .map((definition) => judgeGate(definition, evidence));
}
