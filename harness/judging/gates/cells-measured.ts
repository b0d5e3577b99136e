import type { ColdStartSample } from '../../runs/schema.ts';
import { cellName, hasColdStarts, type RunGate } from '../run-evidence.ts';
import { some } from '../some.ts';

/** A cell from which nothing is left has no row of numbers, and nobody would miss it. */
export const cellsMeasured: RunGate = {
  id: 'cells-measured',
  limit: null,
  hint: 'what is missing from a table is no result either: see the reasons of its samples',
  mustLook: true,
  applies: hasColdStarts,
  judge: ({ byCell, cells, interrupted }) => {
    const empty = cells.flatMap((cell) => {
      const own = byCell.get(cellName(cell)) ?? [];
      return own.some(isTimed) ? [] : [`${cellName(cell)}: ${whyEmpty(own)}`];
    });
    const why = empty.length === 0 ? '' : `; none in ${some(empty)}`;
    return {
      ok: interrupted ? null : cells.length > 0 && empty.length === 0,
      measured: `${cells.length - empty.length} of ${cells.length} cells have a sample that counts${why}`,
    };
  },
};

function isTimed({ verdict, origin }: ColdStartSample): boolean {
  return verdict === 'ok' || (verdict === 'failed' && origin !== 'harness');
}

function whyEmpty(own: readonly ColdStartSample[]): string {
  if (own.length === 0) return 'no sample';
  const kinds = Map.groupBy(own, ({ verdict }) => (verdict === 'failed' ? 'failed by the harness' : verdict));
  return [...kinds].map(([kind, same]) => `${same.length} of ${own.length} ${kind}`).join(', ');
}
