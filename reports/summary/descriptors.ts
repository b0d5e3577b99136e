import type { DescriptorRecord } from '../../harness/runs/schema.ts';

/** The most descriptors that a part of the platform had open at once. */
export interface Descriptors {
  readonly part: DescriptorRecord['part'];
  readonly most: number;
  /** Null for none. */
  readonly limit: number | null;
  readonly ranOut: boolean;
}

export function descriptorsOf(records: readonly DescriptorRecord[]): Descriptors[] {
  return [...Map.groupBy(records, (it) => it.part)].flatMap(([part, same]) => {
    const [highest] = same.toSorted((a, b) => b.most - a.most);
    if (highest === undefined) return [];
    return [{ part, most: highest.most, limit: highest.limit, ranOut: same.some((it) => it.ranOut) }];
  });
}
