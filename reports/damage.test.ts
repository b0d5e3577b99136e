import { expect, test } from 'vitest';
import { histogramPlaces, recordOfKind } from '../harness/runs/every-record.fixture.ts';
import { recordSchema } from '../harness/runs/schema.ts';
import { damageOf } from './damage.ts';

test.each(histogramPlaces())('a damaged histogram is seen: $kind $path', ({ kind, path }) => {
  const record = recordOfKind(kind);
  expect(damageOf(record)).toBeUndefined();
  const name = path.join('.');
  for (const damaged of ['', 'nonsense', 'HISTFAAA']) {
    expect(damageOf(recordSchema.parse(replaced(record, path, damaged)))).toContain(
      `has a damaged histogram (${name}: `,
    );
  }
});

test('histograms stand where they are looked for', () => {
  expect(histogramPlaces()).toHaveLength(9);
});

function replaced(record: object, [name = '', ...rest]: readonly string[], value: string): object {
  const inner: unknown = Reflect.get(record, name);
  const part = rest.length > 0 && typeof inner === 'object' && inner !== null ? replaced(inner, rest, value) : value;
  return { ...record, [name]: part };
}
