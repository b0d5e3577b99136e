import type { Finding, GateDefinition } from '../../runs/schema.ts';

/** Asked before anything is measured: whoever waits for callbacks knows best what came of it. */
export const callbackReachable: GateDefinition<Finding> = {
  id: 'callback-reachable',
  limit: null,
  hint: 'we could not be reached: nothing was measured, and nothing is to be blamed on the platform before a callback comes',
  judge: (proof) => proof,
};
