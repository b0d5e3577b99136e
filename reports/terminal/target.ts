import { formatArrivals, formatDescriptors, formatMicroseconds } from '../format.ts';
import type { LoadCell } from '../summary/load.ts';
import type { Summary } from '../summary.ts';
import { type Paint, table, wrapped } from './layout.ts';

const PARTS = ['gateway', 'proxy', 'provider', 'function', 'rest', 'total', 'whole'] as const;

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
    ['platform', 'function', 'path', 'load', ...PARTS],
    cells.map((cell) => [
      cell.platform,
      cell.function,
      cell.path,
      formatArrivals(cell.arrivals),
      ...PARTS.map((part) => formatMicroseconds(cell.cpuPerRequest?.[part])),
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
