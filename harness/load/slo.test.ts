import { describe, expect, test } from 'vitest';
import { parseSlo } from './slo.ts';

describe('an objective', () => {
  test('is read with all its limits, whatever the spaces', () => {
    expect(parseSlo('p99 < 50ms, errors<0.1%')).toEqual({
      text: 'p99<50ms,errors<0.1%',
      limits: [
        { kind: 'latency', text: 'p99<50ms', p: 0.99, belowNs: 50e6 },
        { kind: 'errors', text: 'errors<0.1%', belowShare: 0.001 },
      ],
    });
  });

  test.each([
    ['p99.9<1s', 0.999, 1e9],
    ['p50<250us', 0.5, 250e3],
  ])('knows the units and orders of %s', (text, p, belowNs) => {
    const [limit] = parseSlo(text).limits;
    expect(limit).toMatchObject({ kind: 'latency', belowNs });
    expect(limit?.kind === 'latency' ? limit.p : 0).toBeCloseTo(p, 12);
  });

  test.each(['p99<50', 'p100<1ms', 'latency<5ms', 'errors<0.1', '', 'p99>5ms'])(
    'that cannot be understood is refused with what is wrong: %j',
    (text) => {
      expect(() => parseSlo(text)).toThrow(expect.objectContaining({ code: 'E_SLO', exitCode: 2 }));
    },
  );

  test.each(['p99<0ms', 'p0<5ms', 'errors<0%', 'errors<150%'])(
    'that nothing could keep or break is refused: %j',
    (text) => {
      expect(() => parseSlo(text)).toThrow(expect.objectContaining({ code: 'E_SLO', exitCode: 2 }));
      expect(() => parseSlo(text)).toThrow(/whatever happens/);
    },
  );
});
