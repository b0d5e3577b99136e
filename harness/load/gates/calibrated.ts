import type { LoadGate } from '../gate-evidence.ts';

export const calibrated: LoadGate = {
  id: 'calibrated',
  limit: null,
  hint: 'a generator that is wrong where the truth is known is wrong elsewhere, too',
  bindsAtLimit: true,
  // A calibration needs no other one.
  notCalibrated: 'never',
  judge: ({ calibrated: tried }) => ({
    ok: tried?.ok ?? null,
    measured: tried?.what ?? 'the generator was not tried against known truth here today: npm run calibrate',
  }),
};
