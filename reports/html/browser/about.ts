import type { Level, Manifest } from '../../../harness/runs/schema.ts';
import { formatBytes } from '../../format.ts';
import { platformTag } from './cells.ts';
import { type Content, element, table } from './dom.ts';
import { environmentTable, machineTable } from './environment.ts';
import type { Page } from './state.ts';

/** Environment, platforms, functions, components, levels and method. */
export function renderAbout(data: Page): readonly Content[] {
  const { manifest, unsupported, bursts } = data.summary;
  const levels = [...new Set([...manifest.levels, ...bursts.map((it) => it.level)])];
  return [
    levels.length > 0 ? levelTable(data, levels) : null,
    unsupported.length > 0
      ? element(
          'ul',
          {},
          unsupported.map((it) => element('li', {}, `${it.platform} cannot do ${it.level}: ${it.reason}`)),
        )
      : null,
    element('h3', {}, 'Method'),
    element(
      'dl',
      { class: 'method' },
      data.words.method.map((it) => [element('dt', {}, it.heading), element('dd', {}, it.text)]),
    ),
    element('h3', {}, 'Platforms'),
    platformTable(data),
    element('h3', {}, 'Functions'),
    functionTable(manifest),
    unavailableList(manifest),
    element('h3', {}, 'Components'),
    componentTable(manifest),
    manifest.machines.length === 0 ? null : [element('h3', {}, 'Machines'), machineTable(manifest)],
    element('h3', {}, 'Environment'),
    environmentTable(manifest),
  ];
}

function levelTable(data: Page, levels: readonly Level[]): Content {
  return [
    element('h3', {}, 'Levels'),
    table(
      'Levels',
      ['Level', 'Starts when', 'Proof that it was cold'],
      levels.map((level) => {
        const words = data.words.levels[level];
        return [`${level} ${words.name}`, words.startsWhen, words.proof];
      }),
    ),
  ];
}

function platformTable(data: Page): HTMLElement {
  return table(
    'Platforms',
    ['Platform', 'Kind', 'Version', 'Deviations', 'From', 'Digest'],
    data.summary.manifest.platforms.map((it) => [
      platformTag(data, it.label),
      it.kind === 'control' ? 'control (ours, not faasd)' : it.kind,
      it.version,
      it.defects.join(', ') || 'none',
      it.source,
      digestNode(it.digest, it.digestStatus),
    ]),
  );
}

function functionTable(manifest: Manifest): HTMLElement {
  return table(
    'Functions',
    [
      'Function',
      'Language',
      'Workload',
      'Image, compressed',
      'Unpacked',
      'Layers',
      'User',
      'Digest',
      'Base',
      'Dependencies',
    ],
    manifest.functions.map((it) => [
      it.name,
      it.language,
      it.workload,
      formatBytes(it.compressedBytes),
      formatBytes(it.unpackedBytes),
      it.layers === null ? '–' : String(it.layers),
      it.user ?? '–',
      digestNode(it.digest, null),
      digestNode(it.baseDigest, null),
      dependencyList(it.dependencies),
    ]),
    [3, 4, 5],
  );
}

function dependencyList(dependencies: Manifest['functions'][number]['dependencies']): Content {
  if (dependencies === null) return '–';
  if (dependencies.length === 0) return '0';
  return element(
    'details',
    {},
    element('summary', {}, String(dependencies.length)),
    element(
      'ul',
      {},
      dependencies.map((it) => element('li', {}, `${it.name} ${it.version} (${it.ecosystem})`)),
    ),
  );
}

function unavailableList(manifest: Manifest): Content {
  if (manifest.unavailable.length === 0) return null;
  return element(
    'ul',
    { class: 'unavailable' },
    manifest.unavailable.map((it) => element('li', {}, `${it.function}: unavailable, ${it.reason}`)),
  );
}

function componentTable(manifest: Manifest): HTMLElement {
  return table(
    'Components',
    ['Component', 'Version', 'Licence', 'Commit', 'From', 'Digest'],
    manifest.components.map((it) => [
      it.name,
      it.version,
      it.licence,
      it.commit === null ? '–' : element('code', { title: it.commit }, it.commit.slice(0, 12)),
      it.source,
      digestNode(it.digest, null),
    ]),
  );
}

function digestNode(digest: string | null, status: string | null): Content {
  if (digest === null) return status ?? '–';
  const short = digest.replace(/^sha256:/, '').slice(0, 12);
  return [element('code', { title: digest }, short), status === null ? null : ` ${status}`];
}
