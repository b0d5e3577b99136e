import type { QueueGate } from '../gate-evidence.ts';

/** A queue that is slow loses nothing: who stops looking while it works cannot say what it would have lost. */
export const queueDrained: QueueGate = {
  id: 'queue-drained',
  limit: null,
  hint: 'The queue is slower than the load, and was given up while it worked: what is missing is late, not lost. Ask for a lower --rate or a shorter --duration.',
  judge: ({ givenUp, waitedMs }) => {
    const ended = givenUp ? 'callbacks still came' : 'none was due any more, or none had come for long';
    return { ok: !givenUp, measured: `${(waitedMs / 1000).toFixed(1)} s after the last request ${ended}` };
  },
};
