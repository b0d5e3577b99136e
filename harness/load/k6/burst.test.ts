import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { k6Burst } from './burst.ts';

/** A generator that writes these lines, as k6 2.1 does with our script, and ends. */
function k6Saying(lines: readonly string[]) {
  const open = () => {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    const exited = new Promise<number>((resolve) => stdout.on('end', () => resolve(0)));
    stdout.end(`${lines.join('\n')}\n`);
    return { stdin, stdout, stderr, exited };
  };
  return { place: { open }, program: 'k6', scripts: '/k6', version: '2.1.0' };
}

const MIDNIGHT_S = 1_700_006_400;
const at = (ms: number) => `${BigInt(MIDNIGHT_S) * 1_000_000_000n + BigInt(ms) * 1_000_000n}`;
const line = (metric: string, ms: number, client: number, value = 1) =>
  `givre_burst_${metric},${at(ms)},${value}.000000,,,,n=${client}`;

const plan = {
  url: 'http://127.0.0.1:8080/function/f',
  headers: {},
  body: new Uint8Array(),
  expect: { status: 200 },
  clients: 2,
  deadlineMs: 1000,
} as const;

test('a burst across midnight UTC takes as long as any other', async () => {
  const lines = [
    ...[line('sent', -400, 1), line('sent', -399, 2)],
    ...[line('first', -100, 1, 200), line('right', -100, 1), line('first', 700, 2, 200), line('right', 700, 2)],
  ];
  const result = await k6Burst(k6Saying(lines), plan, new AbortController().signal);
  expect(result).toEqual({ correct: 2, wrong: [], firstCorrectNs: 300e6, allCorrectNs: 1100e6 });
});

test('a client that never got a right answer makes a burst that was never all answered', async () => {
  const lines = [line('sent', 5, 1), line('sent', 5, 2), line('first', 30, 1, 200), line('right', 30, 1)];
  const result = await k6Burst(k6Saying(lines), plan, new AbortController().signal);
  expect(result).toMatchObject({ correct: 1, firstCorrectNs: 25e6, allCorrectNs: null });
  expect(result.wrong).toMatchObject([{ status: 0, n: 1 }]);
  const none = await k6Burst(k6Saying([line('sent', 5, 1)]), plan, new AbortController().signal);
  expect(none).toMatchObject({ firstCorrectNs: null, allCorrectNs: null });
});
