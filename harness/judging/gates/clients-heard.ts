import { kindOf, type RunGate } from '../run-evidence.ts';

export const clientsHeard: RunGate = {
  id: 'clients-heard',
  limit: null,
  hint: 'the generator lost some of its clients: what they saw is not in the figures',
  mustLook: true,
  scope: 'measurement',
  leavesOut: { kind: 'burst', what: 'bursts' },
  applies: ({ records }) => kindOf(records, 'burst').length > 0,
  judge: ({ records }) => {
    const bursts = kindOf(records, 'burst');
    const silent = bursts.filter((burst) => {
      const wrong = burst.wrong.reduce((sum, { n }) => sum + n, 0);
      return burst.correct + wrong !== burst.concurrency;
    });
    return {
      ok: silent.length === 0,
      measured: `all clients told of their first answer in ${bursts.length - silent.length} of ${bursts.length} bursts`,
    };
  },
};
