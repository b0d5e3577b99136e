import { isInterruption, messageOf } from '../core/errors.ts';
import { type ExitCode, exitCodes } from '../core/exit-codes.ts';
import { judgeRun } from '../judging/judge.ts';
import type { Plan } from '../planning/plan.ts';
import type { RunIo } from '../provisioning/run.ts';
import type { Recording } from './record.ts';

/**
 * Judges what was measured, whatever has ended that, and keeps the verdict beside it.
 *
 * @throws what the measuring was ended by, unless somebody wanted an end.
 */
export async function judge(
  plan: Plan,
  { manifest, records, verdict: keep }: Recording,
  measured: PromiseSettledResult<void>,
  { output, signal }: RunIo,
): Promise<{ readonly exitCode: ExitCode }> {
  const interrupted = signal.aborted && isInterruption(signal.reason);
  const verdict = judgeRun(records, { manifest, interrupted, clean: plan.options.clean });
  const failure = interrupted ? undefined : failureOf(measured, signal);
  if (failure !== undefined) {
    const summary = `ended after ${records.length} records: ${messageOf(failure.reason)}`;
    const failed = { ...verdict, status: 'failed', summary, exitCode: exitCodes.infrastructure } as const;
    // On a full disk not even that can be written, and the failure itself says why.
    await keep(failed).catch((error: unknown) => output.note(`no verdict: ${messageOf(error)}`));
    output.note(`what was measured is kept; its report: npm run report -- ${plan.folder}`);
    throw failure.reason;
  }
  await keep(verdict);
  output.note(`${verdict.status}: ${verdict.summary}`);
  return { exitCode: verdict.exitCode };
}

/** A fault elsewhere has stopped the measuring, or came as it ended: then that is the cause. */
function failureOf(
  measured: PromiseSettledResult<void>,
  signal: AbortSignal,
): { readonly reason: unknown } | undefined {
  if (signal.aborted) return { reason: signal.reason };
  return measured.status === 'rejected' ? measured : undefined;
}
