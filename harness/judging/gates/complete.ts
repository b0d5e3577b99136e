import type { PlannedCell } from '../../runs/planned.ts';
import type { RunRecord } from '../../runs/schema.ts';
import { cellName, hasColdStarts, kindOf, type RunGate } from '../run-evidence.ts';
import { some } from '../some.ts';

export const complete: RunGate = {
  id: 'complete',
  limit: null,
  hint: 'a run cut short shows only how it began',
  mustLook: true,
  applies: hasColdStarts,
  judge: ({ records, coldStarts, byCell, cells, interrupted }) => {
    const planned = new Map(cells.map((cell) => [cellName(cell), cell.samples]));
    const names = [...new Set([...planned.keys(), ...byCell.keys()])];
    const wrong = names.flatMap((name) => {
      const [there, wanted] = [byCell.get(name)?.length ?? 0, planned.get(name) ?? 0];
      return there === wanted ? [] : [`${name}: ${there} of ${wanted}`];
    });
    wrong.push(...missingFloors(records, cells));
    const wanted = cells.reduce((sum, cell) => sum + cell.samples, 0);
    const why = wrong.length === 0 ? '' : ` (${some(wrong)})`;
    return {
      ok: interrupted ? null : wanted > 0 && wrong.length === 0,
      measured: `${coldStarts.length} of ${wanted} samples${why}`,
    };
  },
};

/** One for each round of a level; a resume has none. */
function missingFloors(records: readonly RunRecord[], cells: readonly PlannedCell[]): string[] {
  const floorOf = ({ platform, level }: { platform: string; level: string }) => `${platform} ${level} floor`;
  const seen = Map.groupBy(kindOf(records, 'floor'), floorOf);
  const planned = new Map(cells.filter((it) => it.level !== 'L0').map((it) => [floorOf(it), it.samples]));
  return [...planned].flatMap(([name, wanted]) => {
    const there = seen.get(name)?.length ?? 0;
    return there === wanted ? [] : [`${name}: ${there} of ${wanted}`];
  });
}
