import { formatArrivals, formatDescriptors } from '../format.ts';
import { cpuMeasures, formatFigure } from '../measures.ts';
import type { LoadCell } from '../summary/load.ts';
import type { Summary } from '../summary.ts';
import { type Paint, table, wrapped } from './layout.ts';

/** What a request costs the machine under test, and whose descriptors ran out. */
export function targetLines({ loads }: Summary, paint: Paint): string[] {
  const known = loads.filter((cell) => cell.cpuPerRequest !== null);
  const out = loads.flatMap((cell) => cell.descriptors.filter((it) => it.ranOut).map((it) => ({ cell, it })));
  return [
    ...(known.length === 0 ? [] : cpuLines(known, paint)),
    ...out.flatMap(({ cell, it }) =>
      wrapped(`${cell.platform} ${cell.function} ${formatArrivals(cell.arrivals)}: ${formatDescriptors(it)}`, '  '),
    ),
  ];
}

function cpuLines(cells: readonly LoadCell[], paint: Paint): string[] {
  const lines = table(
    ['platform', 'function', 'path', 'load', ...cpuMeasures.map(({ column }) => column)],
    cells.map((cell) => [
      cell.platform,
      cell.function,
      cell.path,
      formatArrivals(cell.arrivals),
      ...cpuMeasures.map((measure) => formatFigure(measure, cell.cpuPerRequest?.[measure.key])),
    ]),
    (title) => ['platform', 'function', 'path'].includes(title),
  );
  return [
    '',
    ...wrapped(
      'processor time of the machine under test for one request, µs, idling included; whole: all that it was busy with ' +
        'but for the generator, which the parts should add up to',
    ),
    ...lines.map((line, i) => (i === 0 ? paint('bold', line) : line)),
  ];
}
