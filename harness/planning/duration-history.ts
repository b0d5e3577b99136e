import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../core/folder.ts';
import { stateFolder } from '../core/paths.ts';
import { replaceFiles } from '../core/replace-file.ts';
import { median } from '../statistics/median.ts';
import { type Duration, durationOf, type PlannedPart } from './duration.ts';
import type { Plan } from './plan.ts';

/** By part, as its key has it: how many times as long as planned the last ones took, the latest last. */
const historySchema = z.object({
  schemaVersion: z.literal(1),
  paces: z.record(z.string(), z.array(z.number().positive())),
});
type Paces = z.infer<typeof historySchema>['paces'];

const KEPT = 5;
/** What slept on the way says nothing; a preparation that took so much longer has built images, which are there the next time. */
const LEAST = 0.1;
const MOST = 20;
const MOST_PREPARING = 3;

export interface TookPart {
  readonly part: PlannedPart;
  readonly tookMs: number;
}

function historyPath(): string {
  return join(stateFolder(), 'durations.json');
}

/**
 * How long a run will take here, by its plan and by what this machine has shown so far.
 *
 * @param isCalibrationDue asked only of a run whose generator would be tried on this machine
 */
export async function expectedDuration(
  plan: Plan,
  isCalibrationDue: (now: Date) => Promise<boolean>,
  now = new Date(),
  path = historyPath(),
): Promise<Duration> {
  const loads = plan.scenarios.some((it) => it.measures === 'load');
  const isToCalibrate = loads && plan.options.target.kind === 'container' && (await isCalibrationDue(now));
  return durationOf(plan, { isToCalibrate, pace: await readPaces(path) });
}

/** How much longer than planned parts took in earlier runs on this machine. */
export async function readPaces(path = historyPath()): Promise<(key: string) => number | undefined> {
  const paces = await readHistory(path);
  return (key) => {
    const known = paces[key];
    if (known === undefined || known.length === 0) return undefined;
    // A cloud's image that had to be made is there the next time, too.
    return isPreparing(key) ? Math.min(...known) : median(known);
  };
}

/** Adds a run that came to its end. One that cannot be written down is no reason for the run to fail. */
export async function rememberParts(took: readonly TookPart[], path = historyPath()): Promise<void> {
  const paces: Paces = { ...(await readHistory(path)) };
  for (const { part, tookMs } of took) {
    const pace = tookMs / part.plannedMs;
    if (!(pace >= LEAST && pace <= (isPreparing(part.key) ? MOST_PREPARING : MOST))) continue;
    paces[part.key] = [...(paces[part.key] ?? []), pace].slice(-KEPT);
  }
  const content = `${JSON.stringify({ schemaVersion: 1, paces }, null, 2)}\n`;
  try {
    await makeFolder(dirname(path));
    await replaceFiles([{ path, content }]);
  } catch {
    // The next forecast goes by typical times, and says so.
  }
}

function isPreparing(key: string): boolean {
  return key.includes('preparing');
}

async function readHistory(path: string): Promise<Paces> {
  try {
    return historySchema.parse(JSON.parse(await readFile(path, 'utf8'))).paces;
  } catch {
    // None yet, or of another givre: as good as none.
    return {};
  }
}
