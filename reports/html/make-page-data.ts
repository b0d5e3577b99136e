import type { Run } from '../../harness/runs/run.ts';
import type { ColdStartSample, SentinelSample } from '../../harness/runs/schema.ts';
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
} from '../words.ts';
import { loadData } from './load-data.ts';
import type { Distribution, PageData, PlotSample, SentinelPoint } from './page-data.ts';

/** Everything that the page shows of a run. */
export function pageData(run: Run, summary: Summary): PageData {
  const start = Date.parse(run.manifest.startedAt);
  const secondsSince = (at: string) => Math.round(Date.parse(at) - start) / 1000;
  return {
    summary,
    distributions: distributionsOf(run, summary),
    samples: coldStartsOf(run).map((sample) => plotSampleOf(sample, secondsSince)),
    sentinel: recordsOf(run, 'sentinel').map((record) => sentinelPointOf(record, secondsSince)),
    load: loadData(run),
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
