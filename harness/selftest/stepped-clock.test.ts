import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { wallClockOffsetNs } from '../core/clock.ts';
import { steppedClock } from './stepped-clock.ts';

const BEGIN = 1_700_000_000_000_000_000n;
const at = (ms: number): bigint => BEGIN + BigInt(Math.round(ms * 1e6));

async function throughClock(lines: readonly string[], stepMs: number, afterMs: number): Promise<readonly string[]> {
  const channel = steppedClock(stepMs * 1e6, afterMs * 1e6).place.open(['printf', '%s\n', ...lines]);
  let text = '';
  channel.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  expect(await channel.exited).toBe(0);
  return text.trimEnd().split('\n');
}

describe('a stepped clock', () => {
  test('moves the times of what comes after the step, and nothing before it', async () => {
    const before = ['metric_name,timestamp,metric_value,metadata', `givre_started,${at(0)},1700000000000.000000,n=0`];
    const early = `http_req_duration,${at(90)},20.000000,n=1`;
    const late = (ms: number, value: string) => `http_req_duration,${at(ms)},${value},n=2`;
    const lines = [...before, early, late(130, '20.000000')];
    expect(await throughClock(lines, 500, 100)).toEqual([...before, early, late(630, '20.000000')]);
    expect(await throughClock(lines, -50, 100)).toEqual([...before, early, late(80, '20.000000')]);
  });

  test('makes the request that is under way as much longer, or shorter down to nothing, as k6 reckons', async () => {
    const first = `http_reqs,${at(0)},1.000000,n=0`;
    const lines = [first, `http_req_duration,${at(110)},20.000000,n=1`];
    expect(await throughClock(lines, 500, 100)).toEqual([first, `http_req_duration,${at(610)},520.000000,n=1`]);
    expect(await throughClock(lines, -5, 100)).toEqual([first, `http_req_duration,${at(105)},15.000000,n=1`]);
    expect(await throughClock(lines, -50, 100)).toEqual([first, `http_req_duration,${at(60)},0.000000,n=1`]);
  });

  test('shows the step to whoever asks for its drift, once it has been', async () => {
    const clock = steppedClock(3e9, 200e6);
    expect(Math.abs(clock.offsetNs() - wallClockOffsetNs())).toBeLessThan(1e9);
    const channel = clock.place.open(['sh', '-c', 'echo "http_reqs,$(date +%s%N),1.000000"']);
    await once(channel.stdout, 'data');
    await sleep(300);
    expect(Math.abs(clock.offsetNs() - wallClockOffsetNs() - 3e9)).toBeLessThan(1e9);
  });
});
