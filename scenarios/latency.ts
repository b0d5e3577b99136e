import {
  blocksLasting,
  type Deployable,
  forEachCell,
  type LoadAsked,
  type LoadScenario,
  type LoadStage,
  type LoadWishes,
  lasting,
  loadMs,
  type Path,
  type Payload,
  type Span,
} from '../harness/api/index.ts';

interface Cell {
  readonly deployable: Deployable;
  readonly rate: number;
  readonly payload: Payload;
  readonly path: Path;
}

/**
 * Latency of warm functions at fixed rates in an open loop: each function × rate × payload × path once a block, in random
 * order, so that what drifts meets all of them alike.
 */
export const scenario: LoadScenario = {
  name: 'latency',
  summary: 'latency of warm functions at fixed rates, from the moment when a request was due',
  measures: 'load',
  takes: gridTakes,
  measurements: gridSize,
  run: (stage) => grid(stage, 'latency'),
};

export function gridTakes(asked: LoadAsked): Span {
  return blocksLasting(asked, lasting(gridSize(asked.load) * loadMs(asked.load)));
}

/** Measurements of each function in a block. */
export function gridSize({ rates, payloads, paths }: LoadWishes): number {
  return rates.length * payloads.length * paths.length;
}

/** The grid of rates, payloads and paths; `payload` is the same with other defaults. */
export async function grid(stage: LoadStage, name: string): Promise<void> {
  const { durationMs, slo } = stage.load;
  const of = (functions: readonly Deployable[]): readonly Cell[] => cellsOf(functions, stage.load);
  await forEachCell(stage, { name, of, words: wordsOf }, async (cell, { system, place }) => {
    const { deployable, path, rate: ratePerSecond, payload } = cell;
    const arrivals = { kind: 'constant', ratePerSecond, durationMs } as const;
    const trial = { scenario: name, deployable, path, arrivals, payload, purpose: 'measure', slo } as const;
    await stage.measure(system, place, trial);
  });
}

function cellsOf(functions: readonly Deployable[], { rates, payloads, paths }: LoadWishes): readonly Cell[] {
  return functions.flatMap((deployable) =>
    rates.flatMap((rate) => payloads.flatMap((payload) => paths.map((path) => ({ deployable, rate, payload, path })))),
  );
}

function wordsOf({ deployable, rate, payload, path }: Cell): string {
  const body = payload === 'own' || payload === 0 ? '' : ` · ${payload} bytes`;
  return `${deployable.name} · ${path} · ${rate}/s${body}`;
}
