import type { Gate } from '../../../harness/runs/schema.ts';
import type { Summary } from '../../summary.ts';
import { type Content, download, element, table } from './dom.ts';
import type { Page } from './state.ts';

/** A sentence, and one item for each thing that it is about. */
function noResultBanner([sentence, ...items]: readonly string[]): Content {
  if (sentence === undefined) return null;
  const list = items.map((text) => element('li', {}, text));
  return element('div', { class: 'banner no-result' }, sentence, list.length === 0 ? null : element('ul', {}, list));
}

/** Badge, dates and download buttons under the title. */
export function renderFacts(data: Page): readonly Content[] {
  const { summary } = data;
  const { manifest, verdict } = summary;
  const gates = verdict?.gates ?? [];
  const failed = gates.filter((gate) => gate.status === 'failed');
  return [
    element(
      'p',
      { class: 'verdict' },
      element('span', { class: `badge ${summary.state}`, id: 'badge' }, summary.state),
      ` ${summary.headline}`,
    ),
    noResultBanner(data.words.noResult),
    ...data.words.deaths.map((text) => element('p', { class: 'banner machines deaths' }, text)),
    ...data.words.machines.map((text) => element('p', { class: 'banner machines' }, text)),
    failed.length > 0
      ? element(
          'ul',
          { class: 'bad' },
          failed.map((gate) => element('li', {}, `${gate.id}: ${gate.measured}. ${gate.hint}`)),
        )
      : null,
    gates.length > 0 ? gateTable(gates) : null,
    problemList(summary),
    element(
      'p',
      { class: 'facts' },
      `${manifest.startedAt.slice(0, 16).replace('T', ' ')} UTC · ${countWords(summary)} · target ${manifest.target} · ` +
        `${manifest.environment.cpuModel}, ${manifest.environment.cores} cores · seed ${manifest.seed} · givre ${manifest.givreVersion}`,
    ),
    downloads(data),
  ];
}

function downloads({ summary, csv, loadCsv }: Page): HTMLElement {
  const name = (extension: string): string => `givre-${summary.manifest.runId.replace(/[^\w.-]+/g, '-')}.${extension}`;
  return element(
    'p',
    { class: 'downloads' },
    csvButton('save-csv', 'Samples as CSV', name('csv'), csv),
    csvButton('save-load-csv', 'Load as CSV', name('load.csv'), loadCsv),
    element(
      'button',
      {
        type: 'button',
        id: 'save-json',
        onclick: () => download(name('json'), 'application/json', JSON.stringify(summary, null, 2)),
      },
      'Summary as JSON',
    ),
    element('button', { type: 'button', onclick: () => print() }, 'Print'),
  );
}

/** What is in the run; what was not planned is not mentioned. */
function countWords({ manifest, sampleCount, loads }: Summary): string {
  const count = loads.reduce((sum, cell) => sum + cell.trials.length + cell.invalid.length, 0);
  const words = [
    manifest.levels.length > 0 || sampleCount > 0
      ? `${sampleCount} cold ${sampleCount === 1 ? 'start' : 'starts'}`
      : null,
    count > 0 ? `${count} ${count === 1 ? 'measurement' : 'measurements'} of load` : null,
  ];
  return words.filter((it) => it !== null).join(' · ') || `scenario ${manifest.scenario}`;
}

function csvButton(id: string, title: string, name: string, csv: string | null): Content {
  if (csv === null) return null;
  return element('button', { type: 'button', id, onclick: () => download(name, 'text/csv', csv) }, title);
}

/** Says what control is wherever one occurs, and which deviations were switched on. */
export function renderBanner(data: Page): readonly Content[] {
  const controls = data.summary.manifest.platforms.filter((platform) => platform.kind === 'control');
  if (controls.length === 0) return [];
  const all = controls.length === data.summary.manifest.platforms.length;
  const heading = all ? 'These are not faasd’s numbers.' : 'Rows marked control are not faasd’s numbers.';
  const deviations = controls
    .filter((platform) => platform.defects.length > 0)
    .map((platform) => element('p', {}, `${platform.label} deviates on purpose: ${platform.defects.join(', ')}.`));
  return [
    element(
      'aside',
      { class: 'banner', 'aria-label': 'What control is' },
      element('p', {}, element('strong', {}, heading), ' ', data.words.control),
      deviations,
      element('p', {}, `Why this platform: ${data.summary.manifest.platformChoice}.`),
    ),
  ];
}

function gateTable(gates: readonly Gate[]): HTMLElement {
  const words = { passed: '✓ passed', failed: '✗ failed', 'not-evaluated': '– not evaluated' };
  const passed = gates.filter((gate) => gate.status === 'passed').length;
  return element(
    'details',
    { open: gates.some((gate) => gate.status === 'failed') },
    element('summary', {}, `Gates: ${passed} of ${gates.length} passed`),
    table(
      'Gates',
      ['Gate', 'Status', 'Measured', 'Why it matters'],
      gates.map((gate) => [
        gate.id,
        element('span', { class: `gate ${gate.status}` }, words[gate.status]),
        gate.measured,
        gate.hint,
      ]),
    ),
  );
}

function problemList(summary: Summary): Content {
  if (summary.problems.length === 0) return null;
  const items = summary.problems.map((it) =>
    element('li', {}, `${it.file}${it.line === null ? '' : `, line ${it.line}`} ${it.message}`),
  );
  return element(
    'details',
    { open: true, class: 'problems' },
    element('summary', {}, `${items.length} ${items.length === 1 ? 'problem' : 'problems'} in the run folder`),
    element('ul', {}, items),
  );
}
