import type { Run } from '../../harness/runs/read.ts';
import {
  type ColdStartSample,
  type Level,
  type Origin,
  type PhaseName,
  phaseNames,
  type SentinelSample,
} from '../../harness/runs/schema.ts';
import { ecdf } from '../../harness/statistics/quantile.ts';
import { samplesCsv } from '../csv.ts';
import { loadCsv } from '../load-csv.ts';
import { methodWords } from '../method-words.ts';
import { isTimed, timeOf } from '../summary/cell.ts';
import { coldStartsOf, recordsOf, type Summary } from '../summary.ts';
import {
  bodyWords,
  capacityWords,
  conclusionWords,
  controlWords,
  deathWords,
  levelWords,
  limitVerdictWords,
  machineWords,
  noResultWords,
  pathWords,
  phaseWords,
} from '../words.ts';
import { type LoadData, loadData } from './load-data.ts';

/** What the page carries inside it; the browser side reads nothing else. */
export interface PageData {
  readonly summary: Summary;
  /** Empirical distribution per cell and of the floor: `[ns, share of all that are ≤ ns]`, one pair per step. */
  readonly distributions: readonly Distribution[];
  /** Raw points for the charts over time. */
  readonly samples: readonly PlotSample[];
  readonly sentinel: readonly SentinelPoint[];
  readonly load: LoadData;
  readonly phaseNames: readonly PhaseName[];
  readonly words: {
    readonly levels: typeof levelWords;
    readonly phases: typeof phaseWords;
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

interface Distribution {
  readonly platform: string;
  readonly level: Level;
  /** Null for the floor. */
  readonly function: string | null;
  readonly steps: readonly (readonly [number, number])[];
}

interface PlotSample {
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

interface SentinelPoint {
  readonly platform: string;
  readonly block: number;
  readonly position: 'before' | 'after';
  readonly atS: number;
  readonly latencyNs: number | null;
  readonly correct: boolean;
  readonly cniFiles: number | null;
  readonly iptablesRules: number | null;
}

export function pageData(run: Run, summary: Summary): PageData {
  const start = Date.parse(run.manifest.startedAt);
  const secondsSince = (at: string) => Math.round(Date.parse(at) - start) / 1000;
  return {
    summary,
    distributions: distributionsOf(run, summary),
    samples: coldStartsOf(run).map((sample) => plotSampleOf(sample, secondsSince)),
    sentinel: recordsOf(run, 'sentinel').map((record) => sentinelPointOf(record, secondsSince)),
    load: loadData(run),
    phaseNames,
    words: pageWords(run, summary),
    csv: run.manifest.levels.length > 0 || summary.sampleCount > 0 ? samplesCsv(run) : null,
    loadCsv: summary.loads.length > 0 ? loadCsv(run) : null,
  };
}

function plotSampleOf(sample: ColdStartSample, secondsSince: (at: string) => number): PlotSample {
  return {
    platform: sample.platform,
    level: sample.level,
    function: sample.function,
    verdict: sample.verdict,
    timed: isTimed(sample),
    totalNs: sample.totalNs,
    atS: secondsSince(sample.at),
    block: sample.block,
    firstCorrect: sample.firstAnswer.correct,
    firstOrigin: sample.firstAnswer.origin,
  };
}

function sentinelPointOf(record: SentinelSample, secondsSince: (at: string) => number): SentinelPoint {
  return {
    platform: record.platform,
    block: record.block,
    position: record.position,
    atS: secondsSince(record.at),
    latencyNs: record.latencyNs,
    correct: record.correct,
    cniFiles: record.contamination?.cniFiles ?? null,
    iptablesRules: record.contamination?.iptablesRules ?? null,
  };
}

function pageWords(run: Run, summary: Summary): PageData['words'] {
  return {
    levels: levelWords,
    phases: phaseWords,
    paths: pathWords,
    limitVerdicts: limitVerdictWords,
    method: methodWords(run.manifest),
    control: controlWords,
    deaths: deathWords(summary.deaths),
    machines: machineWords(summary.manifest),
    noResult: noResultWords(summary),
    conclusions: {
      coldStarts: conclusionWords(summary.comparisons),
      firstAnswers: conclusionWords(summary.firstAnswerComparisons),
      platforms: conclusionWords(summary.loadComparisons.filter((it) => it.between === 'platforms')),
      functions: conclusionWords(summary.loadComparisons.filter((it) => it.between === 'functions')),
    },
    bodies: summary.bodies.map(bodyWords),
    capacities: summary.capacities.map(capacityWords),
  };
}

function distributionsOf(run: Run, summary: Summary): Distribution[] {
  const timed = coldStartsOf(run).filter(isTimed);
  const functions = summary.cells.map((cell) => {
    const same = timed.filter(
      (it) => it.platform === cell.platform && it.level === cell.level && it.function === cell.function,
    );
    return { platform: cell.platform, level: cell.level, function: cell.function, steps: stepsOf(same.map(timeOf)) };
  });
  const floors = summary.floors.map(({ platform, level }) => {
    const same = run.records.flatMap((record) =>
      record.kind === 'floor' && record.platform === platform && record.level === level ? (record.totalNs ?? []) : [],
    );
    return { platform, level, function: null, steps: stepsOf(same) };
  });
  return [...functions, ...floors].filter((it) => it.steps.length > 0);
}

/** Samples that were never answered keep the last step below 1. */
function stepsOf(times: readonly number[]): [number, number][] {
  return ecdf(times).flatMap(({ value, share }) =>
    Number.isFinite(value) ? [[value, share] as [number, number]] : [],
  );
}
