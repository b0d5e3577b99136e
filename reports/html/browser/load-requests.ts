import { formatDescriptors, formatFailure, formatShare } from '../../format.ts';
import { cpuMeasures, formatFigure } from '../../measures.ts';
import type { LoadCell } from '../../summary/load.ts';
import { loadLabel, platformTag } from './cells.ts';
import { type Content, element, table } from './dom.ts';
import type { Page } from './state.ts';

/** What a request costs the machine under test, steps of searches included, and descriptors that were open. */
export function cpuTable(data: Page, cells: readonly LoadCell[]): Content {
  const known = cells.flatMap((cell) =>
    cell.cpuPerRequest === null ? [] : [{ cell, perRequest: cell.cpuPerRequest }],
  );
  if (known.length === 0) return null;
  return [
    element('h3', {}, 'Processor time of the target per request, µs'),
    element(
      'p',
      { class: 'note' },
      'All that the machine under test took, idling included, by the number of requests. Proxy: what the platform puts before its gateway. Rest: core services, shims, log collectors, containerd. Whole: all that it was busy with but for generator and agent, which the parts should add up to.',
    ),
    table(
      'Processor time per request',
      ['Measurement', 'Platform', 'Load', ...cpuMeasures.map(({ heading }) => heading), 'Descriptors'],
      known.map(({ cell, perRequest }) => [
        `${cell.scenario} ${cell.function}${cell.purpose === 'probe' ? ' (search)' : ''}`,
        platformTag(data, cell.platform),
        loadLabel(cell),
        ...cpuMeasures.map((measure) => formatFigure(measure, perRequest[measure.key])),
        element(
          'span',
          { class: cell.descriptors.some((it) => it.ranOut) ? 'bad' : null },
          cell.descriptors.map(formatDescriptors).join('; ') || '–',
        ),
      ]),
      cpuMeasures.map((_, i) => i + 3),
    ),
  ];
}

/** What requests that failed said, steps of searches included; nothing where none failed. */
export function failureTable(data: Page, cells: readonly LoadCell[]): Content {
  const rows = cells.flatMap((cell) => cell.failures.kinds.map((it) => ({ cell, ...it })));
  if (rows.length === 0) return null;
  return [
    element('h3', {}, 'What failed requests said'),
    table(
      'Failed requests',
      ['Measurement', 'Platform', 'Load', 'Failure', 'Requests', 'Of all'],
      rows.map(({ cell, n, ...it }) => [
        `${cell.scenario} ${cell.function}${cell.purpose === 'probe' ? ' (search)' : ''}`,
        platformTag(data, cell.platform),
        loadLabel(cell),
        formatFailure(it),
        String(n),
        formatShare(n / cell.failures.of),
      ]),
      [4, 5],
    ),
  ];
}
