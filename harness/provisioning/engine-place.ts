import { reapCommandFor } from '../planning/reap-command.ts';
import { machineId } from '../runs/lock.ts';
import { leftoverLabels } from '../targets/leftovers.ts';
import { LIFE_SECONDS } from './leases.ts';
import type { Place, RunPlan } from './run.ts';

/** This machine's own engine, for runs that make containers and networks of it. */
export interface EnginePlace extends Place {
  /** By which `reap` recognises what a killed run has left behind; for what is made now. */
  labels(signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
}

/** A run that has no plan: whatever it makes, it makes of this machine's engine, and measures nothing for long. */
export function engineRun(runId: string): RunPlan<EnginePlace> {
  return { runId, keep: false, longestMs: 0, open: () => enginePlace(runId) };
}

export async function enginePlace(runId: string): Promise<EnginePlace> {
  const machine = await machineId();
  return {
    labels: (signal) => leftoverLabels({ runId, machine, seconds: LIFE_SECONDS }, signal),
    // Of the engine itself: what was made inside of them went with them. `containers of …` are those of a scope within.
    isMachine: (what) => /^(containers?|network) /.test(what),
    // Each removal verifies that its container or network is gone.
    audit: async () => [],
    reapCommand: reapCommandFor({ kind: 'container' }, { run: runId }),
    close: async () => {},
  };
}
