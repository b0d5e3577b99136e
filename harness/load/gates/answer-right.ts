import type { LoadGate } from '../gate-evidence.ts';

export const answerRight: LoadGate = {
  id: 'answer-right',
  limit: null,
  hint: 'a function that does not do its work is quick: npm run verify-functions says more',
  bindsAtLimit: true,
  // A server of ours does no work for its answer.
  notCalibrated: 'never',
  judge: ({ answer }) => ({
    ok: answer?.ok ?? null,
    measured: answer?.what ?? 'nobody can tell a right answer to what was sent from a wrong one',
  }),
};
