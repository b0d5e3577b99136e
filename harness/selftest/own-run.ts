import { GivreError } from '../core/errors.ts';
import { type ExitCode, exitCodes } from '../core/exit-codes.ts';
import { type Place, type RunIo, type RunPlan, type RunWork, withRun } from '../provisioning/run.ts';

/**
 * A run that is no measurement of a scenario: a part brings up what it needs, asks it, and has it removed again.
 *
 * @throws what `use` throws; GivreError `E_LEFT_BEHIND`
 */
export async function ownRun<P extends Place, T>(
  io: RunIo,
  plan: RunPlan<P>,
  use: (run: RunWork<P>) => Promise<T>,
): Promise<T> {
  const { found, exitCode } = await withRun(plan, io, async (run) => ({
    found: await use(run),
    exitCode: exitCodes.ok,
  }));
  refuseLeftovers(plan.runId, exitCode);
  return found;
}

/** What is left behind may disturb what is measured next. */
export function refuseLeftovers(runId: string, exitCode: ExitCode): void {
  if (exitCode !== exitCodes.leftBehind) return;
  throw new GivreError({ code: 'E_LEFT_BEHIND', message: `the run ${runId} left something behind`, exitCode });
}
