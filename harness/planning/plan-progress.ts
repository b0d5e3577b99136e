import { type PlannedPart, timeWords } from './duration.ts';

/** Where a run stands, in the time that was planned for it. */
export interface PlanProgress {
  /** A lane begins a scenario; `part` counts them from 0. */
  begin(lane: number, part: number): void;
  /** Of what a lane is at, `done` of `total` steps are done. */
  step(lane: number, done: number, total: number): void;
  /** `[####................] 21 % · about 14 min left`. */
  words(): string;
  /** How long each scenario took in the lane that took longest, in milliseconds; in the order of the parts. */
  took(): readonly number[];
}

interface Lane {
  part: number;
  /** When it began that part, and when the step that it is at. */
  beganMs: number;
  steppedMs: number;
  /** Shares of the part: done, and what one step is. */
  done: number;
  step: number;
  readonly tookMs: number[];
}

/** What one step takes may be wrong by much: the bar goes on meanwhile, but does not reach the step's end by itself. */
const WITHIN_STEP = 0.95;
/** So much of a run has to be over before its own pace counts as much as what was planned. */
const TRUSTED_MS = 60_000;
const WIDTH = 20;

/**
 * @param parts the scenarios, in the order in which each lane runs them
 * @param afterMs what is planned for after them
 */
export function planProgress(
  parts: readonly PlannedPart[],
  lanes: number,
  afterMs: number,
  now: () => number = () => performance.now(),
): PlanProgress {
  const begun = now();
  const all = Array.from({ length: lanes }, (): Lane => ({ ...atStart(0, begun), tookMs: [] }));
  const plannedMs = parts.map((it) => it.typicalMs);
  const totalMs = plannedMs.reduce((sum, ms) => sum + ms, 0);
  return {
    begin(lane, part) {
      const it = all[lane];
      if (it === undefined) return;
      if (part > it.part) it.tookMs[it.part] = now() - it.beganMs;
      Object.assign(it, atStart(part, now()));
    },
    step(lane, done, total) {
      const it = all[lane];
      if (it === undefined || total === 0) return;
      // What is being done may be said anew without anything more being done.
      const share = Math.min(1, done / total);
      if (share !== it.done) it.steppedMs = now();
      it.done = share;
      it.step = 1 / total;
    },
    words() {
      const atMs = all.reduce((sum, lane) => sum + reachedMs(lane, plannedMs, now()), 0) / Math.max(1, lanes);
      const share = totalMs === 0 ? 0 : atMs / totalMs;
      const pace = (now() - begun + TRUSTED_MS) / (atMs + TRUSTED_MS);
      const leftMs = (totalMs - atMs) * pace + afterMs;
      return `${barOf(share)} ${Math.floor(100 * share)} % · about ${timeWords(leftMs)} left`;
    },
    took: () => parts.map((_, part) => Math.max(0, ...all.map((lane) => lane.tookMs[part] ?? 0))),
  };
}

/** How much of what was planned a lane has behind it. */
function reachedMs({ part, done, step, steppedMs }: Lane, plannedMs: readonly number[], nowMs: number): number {
  const own = plannedMs[part] ?? 0;
  const before = plannedMs.slice(0, part).reduce((sum, ms) => sum + ms, 0);
  const within = own === 0 ? 0 : Math.min(WITHIN_STEP * step, (nowMs - steppedMs) / own);
  return before + own * Math.min(1, done + within);
}

function barOf(share: number): string {
  const filled = Math.round(WIDTH * share);
  return `[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}]`;
}

function atStart(part: number, at: number): Omit<Lane, 'tookMs'> {
  return { part, beganMs: at, steppedMs: at, done: 0, step: 1 };
}
