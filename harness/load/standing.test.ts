import { describe, expect, test } from 'vitest';
import type { Gate } from '../runs/schema.ts';
import { standingOf } from './standing.ts';

const gate = (id: string, status: Gate['status'] = 'failed'): Gate => ({ id, status, measured: `${id} 9`, hint: 'h' });
const constant = { kind: 'constant', ratePerSecond: 100, durationMs: 15_000 } as const;
const ramping = { kind: 'ramping', fromPerSecond: 20, toPerSecond: 900, durationMs: 15_000 } as const;

describe('whether a measurement stands', () => {
  test('is decided by every gate where it is a result of its own', () => {
    const standing = standingOf({ purpose: 'measure', arrivals: constant }, [gate('on-time'), gate('steal', 'passed')]);
    expect(standing).toEqual({
      gates: [gate('on-time'), gate('steal', 'passed')],
      valid: false,
      whyNot: 'on-time: on-time 9',
    });
  });

  test('is not denied to a step of a search that went to the limit, and its record says which gates do not bind', () => {
    const standing = standingOf({ purpose: 'probe', arrivals: constant }, [
      gate('on-time'),
      gate('cpu-generator'),
      gate('steal', 'passed'),
    ]);
    expect(standing).toMatchObject({ valid: true, whyNot: null });
    expect(standing.gates.map((it) => it.binds)).toEqual([false, false, undefined]);
  });

  test('is denied to a step whose figures are wrong, with the reason', () => {
    const standing = standingOf({ purpose: 'probe', arrivals: constant }, [gate('all-counted'), gate('on-time')]);
    expect(standing).toMatchObject({ valid: false, whyNot: 'all-counted: all-counted 9' });
  });

  test('is denied where nobody could look', () => {
    const unseen = [gate('steal', 'not-evaluated'), gate('on-time', 'passed')];
    const standing = standingOf({ purpose: 'probe', arrivals: constant }, unseen);
    expect(standing).toMatchObject({ valid: false, whyNot: 'its gates could not look' });
  });

  test('is denied to a ramp, which nothing binds', () => {
    const standing = standingOf({ purpose: 'probe', arrivals: ramping }, [gate('retransmits')]);
    expect(standing).toMatchObject({ valid: false, whyNot: 'a ramp is a guess where to look' });
    expect(standing.gates[0]?.binds).toBe(false);
  });
});
