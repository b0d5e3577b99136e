import type { Duration } from '../planning/duration.ts';
import type { TookPart } from '../planning/duration-history.ts';
import { type PlanProgress, planProgress } from '../planning/plan-progress.ts';

/** How long the parts of a run take, from now on, beside what was said of them before it: asked in this order, each once. */
interface Timekeeper {
  /** All is up; the scenarios begin, on so many lanes at the same time. */
  measuring(lanes: number): PlanProgress;
  /** The scenarios are over and judged: how many milliseconds that took. */
  measured(): number;
  /** All is removed: what each part took. */
  removed(): readonly TookPart[];
}

export function timekeeper({ parts }: Duration): Timekeeper {
  let last = performance.now();
  const sinceLast = (): number => {
    const since = performance.now() - last;
    last += since;
    return since;
  };
  let preparedMs = 0;
  let bar: PlanProgress | undefined;
  return {
    measuring(lanes) {
      preparedMs = sinceLast();
      bar = planProgress(parts.slice(1, -1), lanes, parts.at(-1)?.typicalMs ?? 0);
      return bar;
    },
    measured: sinceLast,
    removed() {
      const took = [preparedMs, ...(bar?.took() ?? []), sinceLast()];
      return parts.map((part, i) => ({ part, tookMs: took[i] ?? 0 }));
    },
  };
}
