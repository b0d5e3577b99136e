import type { Manifest, RunRecord, Verdict } from './schema.ts';

/** Something in a run folder that could not be used. The rest was. */
export interface RunProblem {
  readonly file: string;
  /** Counted from 1; null when it concerns the whole file. */
  readonly line: number | null;
  readonly message: string;
}

export interface Run {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly records: readonly RunRecord[];
  /** Null when the run was killed before it could judge itself, or goes on. */
  readonly verdict: Verdict | null;
  readonly problems: readonly RunProblem[];
}
