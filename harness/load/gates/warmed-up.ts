import type { LoadGate } from '../gate-evidence.ts';

export const warmedUp: LoadGate = {
  id: 'warmed-up',
  limit: null,
  hint: 'figures are partly those of warming up: give it longer before, with --warm-up',
  notCalibrated: 'brief',
  judge: ({ reduced }) => ({ ok: reduced.warmUp.ended, measured: reduced.warmUp.words }),
};
