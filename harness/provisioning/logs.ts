import { withDeadline } from '../core/deadline.ts';
import { messageOf } from '../core/errors.ts';
import type { Progress } from '../core/platform.ts';
import type { Scope } from '../core/scope.ts';

/** What stands between a machine and its removal. */
const LOGS_MS = 60_000;
/** Once a machine's logs have not come in time, those of the others get no more than this. */
const AFTER_FAILURE_MS = 5_000;

/** The logs of a run's machines, which go with them. */
export interface Logs {
  /** Collects them before the machine goes, if that can be done in time. To be called once its removal is registered. */
  keep(machine: string, scope: Scope, collect: (signal: AbortSignal) => Promise<void>): Promise<void>;
}

export function newLogs(progress: Progress): Logs {
  let deadlineMs = LOGS_MS;
  return {
    async keep(machine, scope, collect) {
      const what = `collecting the logs of ${machine}`;
      const undo = async (): Promise<void> => {
        try {
          await withDeadline(what, deadlineMs, collect);
        } catch (error) {
          // Lost logs are no leftover.
          deadlineMs = AFTER_FAILURE_MS;
          progress(`warning: the logs of ${machine} are lost: ${messageOf(error)}`);
        }
      };
      await scope.defer(what, undo);
    },
  };
}
