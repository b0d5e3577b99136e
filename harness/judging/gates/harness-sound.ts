import { hasColdStarts, type RunGate } from '../run-evidence.ts';

export const harnessSound: RunGate = {
  id: 'harness-sound',
  limit: null,
  hint: 'see the reasons in samples.ndjson; such a failure says nothing about the platform',
  mustLook: true,
  applies: hasColdStarts,
  judge: ({ coldStarts }) => {
    const own = coldStarts.filter((sample) => sample.verdict === 'failed' && sample.origin === 'harness').length;
    return { ok: coldStarts.length === 0 ? null : own === 0, measured: `${own} samples failed through the harness` };
  },
};
