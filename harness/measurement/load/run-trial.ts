import type { LoadPlace, MeasuredTrial, Trial } from '../../api/load/trial.ts';
import type { LoadStage } from '../../api/scenario.ts';
import type { LoadSystem } from '../../api/system.ts';
import type { LoadSecond, OnSecond } from '../../load/load.ts';

/** Where what a measurement shows goes. */
interface TrialWork extends Pick<LoadStage, 'load' | 'record'> {
  /** A number that no other measurement of load in this run has. */
  nextTrial(): number;
  /** How what is being done goes on, in a few words; replaces what was said before. */
  live(words: string): void;
}

/**
 * Runs one measurement and passes its seconds on; they are on the disk as they end, its requests and itself when it is over.
 *
 * @throws GivreError what `stage.record` throws, within a second or two: nothing is measured that cannot be kept.
 */
export async function runTrial(
  stage: TrialWork,
  system: Pick<LoadSystem, 'platform' | 'load'>,
  place: LoadPlace,
  trial: Omit<Trial, 'warmUpMs'>,
  onSecond: OnSecond = () => {},
): Promise<MeasuredTrial> {
  const head = { platform: system.platform.label, ...place, trial: stage.nextTrial() };
  const writing: Promise<void>[] = [];
  let unwritten: { readonly error: unknown } | undefined;
  const sofar = { failed: 0, dropped: 0 };
  const { warmUpMs } = stage.load;
  const measured = await system.load({ ...trial, warmUpMs }, (whole) => {
    // Ends the load, whose callback this is.
    if (unwritten !== undefined) throw unwritten.error;
    onSecond(whole);
    const { p50Ns: _p50, p99Ns, ...second } = whole;
    sofar.failed += second.warmUp ? 0 : second.failed;
    sofar.dropped += second.dropped;
    stage.live(liveWords(second, p99Ns, sofar));
    const written = stage.record({ kind: 'load-second', ...head, ...second });
    // Awaited at the end; until then a failure must not count as unhandled.
    written.catch((error: unknown) => {
      unwritten ??= { error };
    });
    writing.push(written);
  });
  await Promise.all(writing);
  const { outcome, requests } = measured;
  for (const request of requests) await stage.record({ kind: 'load-request', ...head, ...request });
  await stage.record({ kind: 'load', ...head, ...outcome });
  return { ...measured, trial: head.trial };
}

/** `12 s: 50/s, p99 3.2 ms, 0 errors`: what a look at the screen should tell while there is time to stop. */
function liveWords(
  { second, warmUp, ok, failed }: Pick<LoadSecond, 'second' | 'warmUp' | 'ok' | 'failed'>,
  p99Ns: number | null,
  sofar: { readonly failed: number; readonly dropped: number },
): string {
  const p99 = p99Ns === null ? 'no answer' : `p99 ${(p99Ns / 1e6).toFixed(1)} ms`;
  const dropped = sofar.dropped === 0 ? '' : `, ${sofar.dropped} not sent: INVALID`;
  return `${warmUp ? 'warm-up, ' : ''}${second + 1} s: ${ok + failed}/s, ${p99}, ${sofar.failed} errors${dropped}`;
}
