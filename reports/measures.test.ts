import { describe, expect, test } from 'vitest';
import { cpuMeasures, csvName, footprintMeasures, formatFigure, latencyMeasures, memoryMeasures } from './measures.ts';
import { reduced } from './summary/reduction.ts';

describe('a measure', () => {
  test('has a name in files that no other one has there, and that ends in its unit', () => {
    for (const table of [footprintMeasures, memoryMeasures, cpuMeasures, latencyMeasures]) {
      const names = table.map(csvName);
      expect(new Set(names).size).toBe(names.length);
    }
    expect(cpuMeasures.map(csvName)).toContain('cpu_whole_ns_per_request');
  });

  test('is read in the unit that people have for it, and as a dash where there is no figure', () => {
    const texts = [footprintMeasures, cpuMeasures, latencyMeasures].map((table) =>
      table.slice(0, 1).map((measure) => [formatFigure(measure, 3_500_000), formatFigure(measure, null)]),
    );
    expect(texts).toEqual([[['3.34 MiB', '–']], [['3500', '–']], [['3.50', '–']]]);
  });

  test('as a median is that of the readings that there are, as a mean none where one is missing', () => {
    const [median, mean] = [{ reduce: 'median' }, { reduce: 'mean' }] as const;
    const of = { column: 'x', heading: 'x', csv: 'x', unit: 'ns' } as const;
    expect(reduced({ ...of, ...median }, [1, null, 3, 8])).toBe(3);
    expect(reduced({ ...of, ...median }, [null])).toBeNull();
    expect(reduced({ ...of, ...mean }, [1, 4], [2, 1])).toBe(2);
    expect(reduced({ ...of, ...mean }, [1, null], [2, 1])).toBeNull();
    expect(reduced({ ...of, ...mean }, [1, 4], [0, 0])).toBeNull();
  });
});
