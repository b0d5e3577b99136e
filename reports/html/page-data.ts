import type { Level, Origin } from '../../harness/runs/schema.ts';
import type { Summary } from '../summary.ts';
import type { capacityWords, levelWords, limitVerdictWords, pathWords } from '../words.ts';
import type { LoadData } from './load-data.ts';

/**
 * What the page carries inside it; the browser side reads nothing else. Whoever imports this type gets nothing that only
 * Node has, as the browser side is checked without it.
 */
export interface PageData {
  readonly summary: Summary;
  /** Empirical distribution per cell and of the floor: `[ns, share of all that are ≤ ns]`, one pair per step. */
  readonly distributions: readonly Distribution[];
  /** Raw points for the charts over time. */
  readonly samples: readonly PlotSample[];
  readonly sentinel: readonly SentinelPoint[];
  readonly load: LoadData;
  readonly words: {
    readonly levels: typeof levelWords;
    readonly paths: typeof pathWords;
    readonly limitVerdicts: typeof limitVerdictWords;
    readonly method: readonly { heading: string; text: string }[];
    readonly control: string;
    /** Of platforms, one each. */
    readonly deaths: readonly string[];
    /** Limits of the machines under test. */
    readonly machines: readonly string[];
    /** Empty where everything is a result. */
    readonly noResult: readonly string[];
    /** What stands below each table of comparisons. */
    readonly conclusions: Readonly<
      Record<'coldStarts' | 'firstAnswers' | 'platforms' | 'functions', readonly string[]>
    >;
    /** One for each of the summary's bodies. */
    readonly bodies: readonly string[];
    /** One for each of the summary's capacities. */
    readonly capacities: readonly ReturnType<typeof capacityWords>[];
  };
  /** Null where no cold start was planned. */
  readonly csv: string | null;
  /** Null where no load was measured. */
  readonly loadCsv: string | null;
}

export interface Distribution {
  readonly platform: string;
  readonly level: Level;
  /** Null for the floor. */
  readonly function: string | null;
  readonly steps: readonly (readonly [number, number])[];
}

export interface PlotSample {
  readonly platform: string;
  readonly level: Level;
  readonly function: string;
  readonly verdict: 'ok' | 'failed' | 'not-cold' | 'invalid';
  /** Part of the quantiles? */
  readonly timed: boolean;
  readonly totalNs: number | null;
  /** Seconds since the run began. */
  readonly atS: number;
  readonly block: number;
  readonly firstCorrect: boolean;
  readonly firstOrigin: Origin | null;
}

export interface SentinelPoint {
  readonly platform: string;
  readonly block: number;
  readonly position: 'before' | 'after';
  readonly atS: number;
  readonly latencyNs: number | null;
  readonly correct: boolean;
  readonly cniFiles: number | null;
  readonly iptablesRules: number | null;
}
