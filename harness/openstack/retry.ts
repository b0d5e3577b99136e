import { setTimeout as sleep } from 'node:timers/promises';
import { CloudError, reworded } from './errors.ts';

/** How patient a client is. */
export interface Patience {
  /** Of one exchange, from connecting to the last byte of the answer. */
  readonly requestMs: number;
  /** Of a call with its repetitions: none begins later. */
  readonly callMs: number;
  /** Before the first repetition; each further pause is twice as long. */
  readonly firstPauseMs: number;
  /** Exchanges of one call at most. */
  readonly attempts: number;
}

/** Six attempts: with one answer in ten lost, one call in a million fails. */
export const defaultPatience: Patience = { requestMs: 30_000, callMs: 90_000, firstPauseMs: 250, attempts: 6 };

interface Retrying {
  readonly patience: Patience;
  /** Errors of another service have had their own repetitions. */
  readonly service: string;
  /** Asking twice does no harm. Otherwise only what was surely not accepted is asked again. */
  readonly repeatable: boolean;
  /** Ends a pause. */
  readonly signal?: AbortSignal | undefined;
}

/** Repeats what failed for a reason that passes, as long as patience lasts. */
export async function withRetries<T>(retrying: Retrying, attempt: () => Promise<T>): Promise<T> {
  const { patience, signal } = retrying;
  const end = performance.now() + patience.callMs;
  for (let tried = 1; ; tried += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof CloudError) || !mayRepeat(error, retrying)) throw error;
      const pauseMs = error.retryAfterMs ?? patience.firstPauseMs * 2 ** (tried - 1);
      if (tried >= patience.attempts || performance.now() + pauseMs > end) throw givenUp(error, tried);
      await sleep(pauseMs, undefined, signal === undefined ? {} : { signal });
    }
  }
}

function givenUp(error: CloudError, tried: number): CloudError {
  return tried === 1 ? error : reworded(error, { message: `${error.message} (asked ${tried} times)` });
}

/** 500 is among them for Neutron's and Nova's database deadlocks under load. */
const PASSING_STATUS = [500, 502, 503, 504];
const PASSING_CODES = ['E_CLOUD_UNREACHABLE', 'E_CLOUD_TIMEOUT', 'E_CLOUD_BROKEN'];

function mayRepeat(error: CloudError, { service, repeatable }: Retrying): boolean {
  if (error.service !== service) return false;
  if (error.code === 'E_CLOUD_BUSY') return true;
  if (error.code === 'E_CLOUD_UNREACHABLE' && !error.uncertain) return true;
  return repeatable && (PASSING_CODES.includes(error.code) || PASSING_STATUS.includes(error.status ?? 0));
}
