import type { LoadGate } from '../gate-evidence.ts';
import { worstMachine } from '../worst-machine.ts';

export const accepted: LoadGate = {
  id: 'accepted',
  limit: null,
  hint: 'the server does not accept in time; what its clients then wait for is TCP’s own timer',
  judge: ({ machines }) =>
    worstMachine({
      machines,
      measure: ({ before, after }) => after.listenOverflows - before.listenOverflows,
      most: 0,
      words: (value) => `${value} connections found a full listen queue`,
    }),
};
