import { GivreError, usageError } from '../core/errors.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { partByRecord } from '../functions/verify.ts';
import type { Plan } from '../planning/plan.ts';
import { recordLine } from './record-line.ts';
import { type VerifyWork, verifyFunctions } from './verify.ts';

function nothingToVerify(): GivreError {
  const hint = 'leave --verify out, or label functions with a workload that has vectors (dev.givre/workload)';
  return usageError('E_NOTHING_TO_VERIFY', 'there are no vectors for any of these functions', hint);
}

/**
 * The plan without the functions that do other work than the vectors say; each is named, none is dropped silently.
 *
 * @throws GivreError `E_NOTHING_RIGHT`, exit code 1, when no function is left; `E_NOTHING_TO_VERIFY`, exit code 2, when none
 * of those that are left could be asked.
 */
export async function onlyVerified(plan: Plan, work: VerifyWork): Promise<Plan> {
  const names = plan.functions.map(({ name }) => name).join(',');
  const { stacks, watchdog } = plan.options;
  const wanted = { functions: names, workloads: undefined, stacks, watchdog };
  const { record } = await verifyFunctions({ ...wanted, vectors: undefined, direct: true }, work);
  const { kept, excluded } = partByRecord(plan.functions, record);
  for (const variant of excluded) work.output.note(`not measured: ${recordLine(variant)}`);
  const unknown = record.variants.filter(({ status }) => status === 'unknown');
  for (const variant of unknown) work.output.note(`measured without being verified: ${recordLine(variant)}`);
  if (unknown.length > 0 && unknown.length === kept.length) throw nothingToVerify();
  const unavailable = excluded
    .filter(({ status }) => status === 'unavailable')
    .map(({ name, reason }) => ({ function: name, reason: reason ?? 'unknown' }));
  if (kept.length > 0) return { ...plan, functions: kept, unavailable };
  throw new GivreError({
    code: 'E_NOTHING_RIGHT',
    message: 'no function answers as it should, so there is nothing to measure',
    hint: 'npm run verify-functions -- --direct says more',
    exitCode: exitCodes.failed,
  });
}
