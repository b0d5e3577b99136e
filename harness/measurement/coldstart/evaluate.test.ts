import { describe, expect, test } from 'vitest';
import { evaluate } from './evaluate.ts';
import { containerStart, exchange, processStart, refused } from './window.fixture.ts';

const around = { blobs: null, contamination: null, stealShare: null };

describe('the verdict on a sample', () => {
  test('is ok when the answer is correct and every demand was seen', () => {
    const sample = evaluate(processStart(), 'L1', around);
    expect(sample).toMatchObject({ verdict: 'ok', reason: null, origin: null, totalNs: 100e6, attempts: 1 });
    expect(sample.proof.demands.length).toBeGreaterThan(0);
    expect(sample.proof.demands.every((demand) => demand.seen)).toBe(true);
    expect(sample.proof).toMatchObject({ pidBefore: 41, pidAfter: 42 });
  });

  test('is not-cold when the task was still running before', () => {
    const warm = processStart({ before: { status: 'running', pid: 42, containerPresent: true }, events: [] });
    expect(evaluate(warm, 'L1', around)).toMatchObject({
      verdict: 'not-cold',
      reason: 'not seen: no running task before',
    });
  });

  test('is not-cold when the process is the same as before', () => {
    const same = processStart({ before: { status: 'stopped', pid: 42, containerPresent: true } });
    expect(evaluate(same, 'L1', around).reason).toBe('not seen: another process than before');
  });

  test('keeps a wrong first answer as a result of its own, with its origin', () => {
    const sample = evaluate(processStart({ attempts: [refused(0, 92), exchange(94, 100)] }), 'L1', around);
    expect(sample.verdict).toBe('ok');
    expect(sample.firstAnswer).toEqual({
      correct: false,
      status: 500,
      origin: 'provider',
      error: 'status 500, "Can\'t reach service for: hello."',
      atNs: 92e6,
    });
  });

  test('is failed with the origin of the last answer when none was correct', () => {
    const sample = evaluate(processStart({ attempts: [refused(0, 92), refused(94, 95)] }), 'L1', around);
    expect(sample).toMatchObject({ verdict: 'failed', origin: 'provider', totalNs: null });
    expect(sample.reason).toContain('the last answer to 2 requests: status 500');
  });

  test('blames the last answer, not a request that our own deadline cut off', () => {
    const cutOff = exchange(96, 97, {
      status: null,
      firstByteNs: null,
      error: 'deadline',
      headers: {},
      correct: false,
    });
    const sample = evaluate(processStart({ attempts: [refused(0, 92), cutOff] }), 'L1', around);
    expect(sample).toMatchObject({ verdict: 'failed', origin: 'provider' });
  });

  test('is failed by the gateway when nothing answers', () => {
    const silent = exchange(0, 5, {
      status: null,
      firstByteNs: null,
      error: 'connection refused',
      headers: {},
      correct: false,
    });
    expect(evaluate(processStart({ attempts: [silent] }), 'L1', around)).toMatchObject({
      verdict: 'failed',
      origin: 'gateway',
    });
  });

  test('blames a refused deployment, not the requests that never came', () => {
    const refusedDeploy = exchange(0, 5, { status: 500, correct: false, headers: {} });
    const sample = evaluate(containerStart({ trigger: refusedDeploy, attempts: [] }), 'L2', around);
    expect(sample.reason).toContain('the deploy call: status 500');
    expect(sample.origin).toBe('gateway');
  });

  test('blames the provider for a refused deployment when the refusal was seen on its port', () => {
    const refusedDeploy = exchange(0, 5, { status: 500, correct: false, headers: {} });
    const answer = { kind: 'response', ns: 4e6, method: null, path: null, status: 500, clientPort: 7 } as const;
    const sample = evaluate(containerStart({ trigger: refusedDeploy, attempts: [], packets: [answer] }), 'L2', around);
    expect(sample.origin).toBe('provider');
    expect(sample.firstAnswer).toMatchObject({ correct: false, origin: 'provider', status: null });
  });

  test('is invalid when the wall clock stepped within the window', () => {
    expect(evaluate(processStart({ clockDriftNs: -100_001 }), 'L1', around)).toMatchObject({
      verdict: 'invalid',
      origin: 'harness',
    });
    expect(evaluate(processStart({ clockDriftNs: 100_000 }), 'L1', around).verdict).toBe('ok');
  });

  test('demands at L3 that the image’s own blobs were gone and came back', () => {
    const pulled = { absentBefore: true, presentAfter: true, bytesPulled: 700_000 };
    expect(evaluate(containerStart(), 'L3', { ...around, blobs: pulled })).toMatchObject({ verdict: 'ok' });
    const kept = { ...pulled, absentBefore: false };
    expect(evaluate(containerStart(), 'L3', { ...around, blobs: kept })).toMatchObject({ verdict: 'not-cold' });
  });

  test('demands at L0 that the same process was resumed', () => {
    const events = [{ topic: '/tasks/resumed', ns: 9e6, subject: 'hello', pid: null, exitStatus: null }];
    const paused = { status: 'paused', pid: 42, containerPresent: true } as const;
    expect(evaluate(processStart({ events, before: paused }), 'L0', around).verdict).toBe('ok');
    expect(evaluate(processStart({ events: [], before: paused }), 'L0', around).verdict).toBe('not-cold');
  });
});
