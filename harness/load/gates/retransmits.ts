import { percent } from '../../core/percent.ts';
import type { LoadGate } from '../gate-evidence.ts';
import type { Watched } from '../watched.ts';
import { worstMachine } from '../worst-machine.ts';

const MOST = 0.001;
const LIMIT = percent(MOST);

export const retransmits: LoadGate = {
  id: 'retransmits',
  limit: LIMIT,
  hint: 'a lossy network adds waits of 200 ms and more that are not the target’s',
  bindsAtLimit: true,
  judge: ({ machines }) =>
    worstMachine({
      // What sent nothing has lost nothing.
      machines: machines.filter((it) => between(it, 'segmentsSent') > 0),
      measure: (it) => {
        const lost = between(it, 'segmentsRetransmitted') - between(it, 'segmentsSentInVain');
        return Math.max(0, lost) / between(it, 'segmentsSent');
      },
      most: MOST,
      words: (value) => `${percent(value, 3)} of TCP segments were sent again for want of the first (limit ${LIMIT})`,
      unknown: 'no TCP segment was sent here',
    }),
};

function between(
  { before, after }: Watched,
  key: 'segmentsSent' | 'segmentsRetransmitted' | 'segmentsSentInVain',
): number {
  return after[key] - before[key];
}
