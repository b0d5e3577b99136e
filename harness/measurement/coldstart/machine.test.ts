import { describe, expect, test } from 'vitest';
import type { BootEdges } from '../../agent/booted-machine.ts';
import type { ColdStartOutcome } from '../../api/system.ts';
import { type Level, phases } from '../../runs/schema.ts';
import { wholeStart } from './machine.ts';
import { machineFloor } from './machine-floor.ts';

const S = 1e9;

/** A start of 0.4 s on the machine, deployed 20 s after the machine was asked for. */
const onMachine: ColdStartOutcome = {
  verdict: 'ok',
  reason: null,
  origin: null,
  totalNs: 0.4 * S,
  firstAnswer: { correct: true, status: 200, origin: null, error: null, atNs: 0.4 * S },
  attempts: 1,
  phases: [{ name: 'newtask', startNs: 0, durationNs: 0.1 * S }],
  residualNs: 0.3 * S,
  proof: {
    demands: [{ what: 'no container before', seen: true }],
    pidBefore: null,
    pidAfter: 7,
    bytesPulled: null,
  },
  clockOffset: null,
  deliveryNs: null,
  contamination: null,
  clockDriftNs: 0,
  stealShare: null,
  warnings: [],
};

const vm: BootEdges = {
  accepted: 1 * S,
  active: 9 * S,
  kernelBegun: 8 * S,
  userspaceBegun: 11 * S,
  cloudInitDone: 16 * S,
  loggedIn: 14 * S,
  containerdBegun: 12 * S,
  containerdUp: 13 * S,
  platformUp: 19 * S,
};

/** Nothing had to be delivered. */
const start = {
  deployedNs: 20 * S,
  delivery: { begunNs: 20 * S, doneNs: 20 * S },
  clock: { offsetNs: 5, boundNs: 1e6 },
  warnings: [],
};
const seconds = (outcome: ColdStartOutcome): Record<string, number> =>
  Object.fromEntries(outcome.phases.map((phase) => [phase.name, phase.durationNs / S]));

describe('the start of a whole machine', () => {
  test('lasts from the request for the machine to the first correct answer', () => {
    const outcome = wholeStart(onMachine, vm, start);
    expect(outcome.totalNs).toBe(20.4 * S);
    expect(outcome.firstAnswer.atNs).toBe(20.4 * S);
    expect(outcome.clockOffset).toEqual({ offsetNs: 5, boundNs: 1e6 });
  });

  test('counts what happens at the same time once, in the order in which it ended', () => {
    const outcome = wholeStart(onMachine, vm, start);
    // The kernel began while the cloud was still to call the machine active; cloud-init outlasted login and containerd.
    expect(outcome.phases.map((phase) => phase.name)).toEqual([
      'accepted',
      'active',
      'firmware',
      'kernel',
      'userspace',
      'containerd',
      'ssh',
      'cloudinit',
      'platform',
      'harness',
      'function',
    ]);
    const ofMachines = phases.filter(({ levels }) => new Set<Level>(levels).has('L4')).map(({ name }) => name);
    expect(outcome.phases.map((phase) => phase.name).toSorted()).toEqual(ofMachines.toSorted());
    expect(seconds(outcome)).toEqual({
      accepted: 1,
      active: 8,
      firmware: 0,
      kernel: 2,
      userspace: 1,
      containerd: 1,
      ssh: 1,
      cloudinit: 2,
      platform: 3,
      harness: 1,
      function: expect.closeTo(0.4, 9),
    });
  });

  test('counts what passes between an active machine and its kernel as firmware', () => {
    const outcome = wholeStart(onMachine, { ...vm, active: 3 * S }, start);
    expect(seconds(outcome)).toMatchObject({ active: 2, firmware: 5, kernel: 3 });
    expect(outcome.residualNs).toBe(0);
  });

  test('leaves out what ended after the function was deployed, because nobody waited for it', () => {
    const outcome = wholeStart(onMachine, { ...vm, cloudInitDone: 20.2 * S }, start);
    expect(outcome.phases.map((phase) => phase.name)).not.toContain('cloudinit');
    expect(seconds(outcome)).toMatchObject({ ssh: 1, platform: 5 });
  });

  test('does not last longer because its function was delivered, and waits for nothing that ended meanwhile', () => {
    const delivered = { ...start, deployedNs: 27 * S, delivery: { begunNs: 20 * S, doneNs: 26.5 * S } };
    const outcome = wholeStart(onMachine, { ...vm, cloudInitDone: 20.2 * S }, delivered);
    expect(outcome.totalNs).toBe(20.9 * S);
    expect(outcome.deliveryNs).toBe(6.5 * S);
    expect(outcome.phases.map((phase) => phase.name)).not.toContain('cloudinit');
    expect(seconds(outcome)).toMatchObject({ platform: 5, harness: 1.5, function: expect.closeTo(0.4, 9) });
    expect(wholeStart(onMachine, vm, start).deliveryNs).toBe(0);
  });

  test('explains the total by phases and residual together', () => {
    const outcome = wholeStart(onMachine, { ...vm, platformUp: null }, start);
    const explained = outcome.phases.reduce((sum, phase) => sum + phase.durationNs, 0);
    // When the platform answered was not seen, so neither its phase nor that of the harness counts.
    expect(outcome.residualNs).toBeCloseTo(4 * S, -3);
    expect(explained + (outcome.residualNs ?? 0)).toBe(outcome.totalNs);
  });

  test('has no firmware and no kernel phase where no kernel was started', () => {
    const outcome = wholeStart(onMachine, { ...vm, kernelBegun: null }, start);
    const names = outcome.phases.map((phase) => phase.name);
    expect(names).not.toContain('kernel');
    expect(names).not.toContain('firmware');
    expect(outcome.verdict).toBe('ok');
  });

  test('is not cold when the machine was running before it was asked for', () => {
    const outcome = wholeStart(onMachine, { ...vm, userspaceBegun: -60 * S }, start);
    expect(outcome.verdict).toBe('not-cold');
    expect(outcome.reason).toContain('first process started after it was asked for');
  });

  test('keeps the verdict of a function that never answered', () => {
    const failed = { ...onMachine, verdict: 'failed', totalNs: null, reason: 'no answer', origin: 'function' } as const;
    const outcome = wholeStart(failed, vm, start);
    expect(outcome).toMatchObject({ verdict: 'failed', totalNs: null, phases: [], residualNs: null });
  });
});

describe('the floor of a machine’s start', () => {
  const { signal } = new AbortController();
  const withPlatform = () => Promise.reject(new Error('not asked for'));

  test('is the time until somebody can log in, in phases that add up to it', async () => {
    const bare = async () => ({ acceptedNs: 1 * S, activeNs: 4 * S, loggedInNs: 9 * S });
    expect(await machineFloor({ boots: { withPlatform, bare }, signal })).toEqual({
      totalNs: 9 * S,
      reason: null,
      phases: [
        { name: 'accepted', durationNs: 1 * S },
        { name: 'active', durationNs: 3 * S },
        { name: 'ssh', durationNs: 5 * S },
      ],
    });
  });

  test('that the cloud refuses is kept with its reason', async () => {
    const bare = () => Promise.reject(new Error('no valid host'));
    expect(await machineFloor({ boots: { withPlatform, bare }, signal })).toEqual({
      totalNs: null,
      reason: 'no machine to log in to: no valid host',
      phases: [],
    });
  });
});
