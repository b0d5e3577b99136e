import { describe, expect, test } from 'vitest';
import type { Measurement } from '../../agent/protocol.ts';
import { phases as known, type Level } from '../../runs/schema.ts';
import { breakDown } from './phases.ts';
import { containerStart, exchange, processStart, refused } from './window.fixture.ts';

function inMs(measurement: Measurement, level: Level): Record<string, number> {
  const { phases } = breakDown(measurement, level);
  const here = known.filter(({ levels }) => new Set<Level>(levels).has(level)).map(({ name }) => name);
  expect(here).toEqual(expect.arrayContaining(phases.map(({ name }) => name)));
  return Object.fromEntries(phases.map((phase) => [phase.name, phase.durationNs / 1e6]));
}

describe('the phases of a cold start', () => {
  test('of a process start follow from edges that were seen, and the rest is the residual', () => {
    expect(inMs(processStart(), 'L1')).toEqual({
      gateway: 5,
      // Ends with the last CNI plugin that ran before the new task existed, not with the deletion of the task.
      remains: 10,
      newtask: 35,
      cni: 29,
      start: 5,
      listen: 5,
      ready: 4,
      forward: 2,
      answer: 4,
    });
    const { totalNs, residualNs } = breakDown(processStart(), 'L1');
    expect([totalNs, residualNs]).toEqual([100e6, 1e6]);
  });

  test('of a container start include pull and container', () => {
    expect(inMs(containerStart(), 'L2')).toMatchObject({ gateway: 2, pull: 10, container: 8, newtask: 30, cni: 29 });
  });

  test('of a resume are few', () => {
    const resumed = processStart({
      attempts: [exchange(0, 20)],
      events: [{ topic: '/tasks/resumed', ns: 9e6, subject: 'hello', pid: null, exitStatus: null }],
      packets: [
        { kind: 'request', ns: 4e6, method: 'POST', path: '/system/scale-function/hello', status: null, clientPort: 7 },
        { kind: 'response', ns: 10e6, method: null, path: null, status: 202, clientPort: 7 },
        { kind: 'request', ns: 12e6, method: 'GET', path: '/function/hello', status: null, clientPort: 7 },
      ],
      listening: null,
    });
    expect(inMs(resumed, 'L0')).toEqual({ gateway: 4, resume: 5, ready: 1, forward: 2, answer: 8 });
  });

  test('do not count without both edges: an unseen CNI leaves its time to the residual', () => {
    const { phases, residualNs } = breakDown(processStart({ cni: [] }), 'L1');
    expect(phases.map((phase) => phase.name)).not.toContain('cni');
    expect(phases.map((phase) => phase.name)).not.toContain('start');
    expect(residualNs).toBe(35e6);
  });

  test('never overlap, and add up with the residual, when a platform forwards before the process listens', () => {
    const hasty = processStart({
      attempts: [refused(0, 92), refused(94, 95), exchange(97, 100)],
      listening: { ns: 96e6, pid: 42, resolutionNs: 1000 },
      packets: [
        { kind: 'request', ns: 5e6, method: 'POST', path: '/system/scale-function/hello', status: null, clientPort: 7 },
        { kind: 'response', ns: 86e6, method: null, path: null, status: 202, clientPort: 7 },
        { kind: 'request', ns: 88e6, method: 'GET', path: '/function/hello', status: null, clientPort: 7 },
      ],
    });
    const { phases, totalNs, residualNs } = breakDown(hasty, 'L1');
    const sorted = phases.toSorted((a, b) => a.startNs - b.startNs);
    for (const [index, phase] of sorted.entries()) {
      const next = sorted[index + 1];
      if (next !== undefined) expect(phase.startNs + phase.durationNs).toBeLessThanOrEqual(next.startNs);
    }
    const sum = phases.reduce((total, phase) => total + phase.durationNs, 0);
    expect(sum + (residualNs ?? 0)).toBe(totalNs);
    expect(inMs(hasty, 'L1')).toMatchObject({ listen: 11, retry: 1, answer: 3 });
  });

  test('an answer on another connection is not taken for the provider’s', () => {
    // The fixture holds a response of connection 8 right after the scale request of connection 7.
    expect(inMs(processStart(), 'L1').ready).toBe(4);
  });

  test('a start without a correct answer has no total', () => {
    expect(breakDown(processStart({ attempts: [refused(0, 92)] }), 'L1')).toEqual({
      totalNs: null,
      phases: [],
      residualNs: null,
    });
  });
});
