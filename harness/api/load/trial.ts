import type { Arrivals, LoadSecond, RequestRecord } from '../../load/load.ts';
import type { Slo } from '../../load/slo.ts';
import type { LoadSample, Path, RecordHead } from '../../runs/schema.ts';
import type { Deployable } from '../deployable.ts';

/** One measurement of load. */
export interface Trial {
  readonly scenario: string;
  readonly deployable: Deployable;
  readonly path: Path;
  readonly arrivals: Arrivals;
  /** Load of the same kind before it, as long as this; a ramp has none. */
  readonly warmUpMs: number;
  readonly payload: Payload;
  readonly purpose: LoadSample['purpose'];
  readonly slo: Slo | undefined;
}

/** What one measurement has shown; the stage adds where in the run it belongs. */
export type LoadOutcome = Omit<LoadSample, RecordHead | 'trial'>;

export interface MeasuredLoad {
  readonly outcome: LoadOutcome;
  readonly requests: readonly RequestRecord[];
  /** In words, where the platform died meanwhile. */
  readonly died?: string;
  /** That its figures were taken from. */
  readonly seconds: readonly LoadSecond[];
}

/** With the number by which its records are found. */
export type MeasuredTrial = MeasuredLoad & { readonly trial: number };

/** Where in the run a measurement belongs. */
export interface LoadPlace {
  readonly block: number;
  readonly round: number;
}

/** What is sent: the function's own body, or so many letters. */
export type Payload = 'own' | number;
