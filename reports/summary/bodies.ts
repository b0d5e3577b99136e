import type { Manifest, RunRecord, SentBody } from '../../harness/runs/schema.ts';

/** What functions were sent, each body once. */
export interface BodySummary {
  /** In the manifest's order. */
  readonly functions: readonly string[];
  readonly payloadBytes: number;
  readonly body: SentBody;
}

/** Over all kinds of load; nothing of runs of before it was recorded. */
export function summariseBodies(manifest: Manifest, records: readonly RunRecord[]): BodySummary[] {
  const names = manifest.functions.map((it) => it.name);
  const sent = records.flatMap((record) => {
    if (record.kind !== 'load' && record.kind !== 'async' && record.kind !== 'burst') return [];
    const { body, payloadBytes } = record;
    return body === null ? [] : [{ name: record.function, payloadBytes, body }];
  });
  const same = Map.groupBy(sent, ({ payloadBytes, body: { from, name, contentType, checked } }) =>
    JSON.stringify([payloadBytes, from, name, contentType, checked]),
  );
  return [...same.values()]
    .flatMap((those) => {
      const functions = [...new Set(those.map((it) => it.name))].sort((a, b) => names.indexOf(a) - names.indexOf(b));
      return those.slice(0, 1).map(({ payloadBytes, body }) => ({ functions, payloadBytes, body }));
    })
    .sort((a, b) => names.indexOf(a.functions[0] ?? '') - names.indexOf(b.functions[0] ?? ''));
}
