import { describe, expect, test } from 'vitest';
import { queueDrained } from '../../load/gates/queue-drained.ts';
import { judgeGate } from '../../runs/schema.ts';
import { drained } from './drained.ts';

const patience = { silenceMs: 120, longestMs: 10_000, lookEveryMs: 5 };

/** A receiver to which callbacks come at these moments; a request that is called back twice is named twice. */
function receiver(come: readonly { readonly atMs: number; readonly request: number | null }[]) {
  const begun = performance.now();
  const there = () => come.filter((it) => it.atMs <= performance.now() - begun);
  return {
    all: async () => there().length,
    own: async () => new Set(there().flatMap((it) => it.request ?? [])).size,
  };
}

function waited(come: Parameters<typeof receiver>[0], due: number, more: Partial<typeof patience> = {}) {
  return drained(receiver(come), due, { ...patience, ...more }, AbortSignal.timeout(20_000));
}

describe('the wait for callbacks', () => {
  test('ends as soon as each request was called back', async () => {
    const { waitedMs, givenUp } = await waited(
      [10, 20, 60].map((atMs, request) => ({ atMs, request })),
      3,
    );
    expect(givenUp).toBe(false);
    expect(waitedMs).toBeGreaterThanOrEqual(55);
    expect(waitedMs).toBeLessThan(170);
  });

  test.each([
    ['one that comes twice', 0],
    ['one from before', null],
  ])('is not ended by %s while another is still due', async (_what, other) => {
    const come = [
      { atMs: 0, request: 0 },
      { atMs: 5, request: other },
      { atMs: 90, request: 1 },
    ];
    expect((await waited(come, 2)).waitedMs).toBeGreaterThanOrEqual(85);
  });

  test('ends by a silence, after which what is missing is lost', async () => {
    const ended = await waited([{ atMs: 10, request: 0 }], 3);
    expect(ended.givenUp).toBe(false);
    expect(ended.waitedMs).toBeGreaterThan(120);
    expect(judgeGate(queueDrained, { failedNotKept: 0, ...ended }).status).toBe('passed');
  });

  test('that is given up while callbacks still come leaves nobody to say what is lost', async () => {
    const slow = Array.from({ length: 400 }, (_, request) => ({ atMs: 30 * request, request }));
    const ended = await waited(slow, 400, { longestMs: 200 });
    expect(ended.givenUp).toBe(true);
    expect(judgeGate(queueDrained, { failedNotKept: 0, ...ended })).toMatchObject({
      id: 'queue-drained',
      status: 'failed',
    });
  });
});
