import type { LoadGate } from '../gate-evidence.ts';

export const uncontaminated: LoadGate = {
  id: 'uncontaminated',
  limit: null,
  hint: 'functions were restarted meanwhile: leaked network state slows down every later request',
  bindsAtLimit: true,
  // A server of ours restarts no function.
  notCalibrated: 'never',
  judge: ({ contamination: seen }) => {
    if (seen === null) return { ok: null, measured: 'not looked at' };
    return {
      ok: seen.after === seen.before,
      measured: `${seen.before} leaked lease files before, ${seen.after} after`,
    };
  },
};
