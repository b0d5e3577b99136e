import { GivreError } from '../../core/errors.ts';
import { exitCodes } from '../../core/exit-codes.ts';
import { partByRecord } from '../../functions/verify.ts';
import type { Plan } from '../plan.ts';
import { recordLine } from './table.ts';
import { type VerifyWork, verifyFunctions } from './verify.ts';

/**
 * The plan without the functions that do other work than the vectors say; each is named, none is dropped silently.
 *
 * @throws GivreError `E_NOTHING_RIGHT`, exit code 1, when no function is left.
 */
export async function onlyVerified(plan: Plan, work: VerifyWork): Promise<Plan> {
  const names = plan.functions.map(({ name }) => name).join(',');
  const wanted = { functions: names, workloads: undefined, stacks: plan.options.stacks };
  const { record } = await verifyFunctions({ ...wanted, vectors: undefined, direct: true }, work);
  const { kept, excluded } = partByRecord(plan.functions, record);
  for (const variant of excluded) work.output.note(`not measured: ${recordLine(variant)}`);
  if (kept.length > 0) return { ...plan, functions: kept };
  throw new GivreError({
    code: 'E_NOTHING_RIGHT',
    message: 'no function answers as it should, so there is nothing to measure',
    hint: 'npm run verify-functions -- --direct says more',
    exitCode: exitCodes.failed,
  });
}
