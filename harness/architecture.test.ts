import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repositoryRoot } from './core/paths.ts';

/**
 * Who may import whom. A folder may always import itself. `platforms (client)` means the gateway's client and its
 * wire format only; `runs (schema)` the data contract only.
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'harness/cli': ['harness/bench', 'reports', 'harness/runs', 'harness/targets', 'harness/platforms', 'harness/core'],
  'harness/bench': [
    'harness/api',
    'harness/targets',
    'harness/platforms',
    'harness/functions',
    'harness/images',
    'harness/openstack',
    'harness/ssh',
    'harness/agent',
    'harness/load',
    'harness/runs',
    'harness/statistics',
    'harness/core',
    'reports',
  ],
  'harness/api': [
    'harness/load',
    'harness/agent',
    'harness/platforms/gateway-client.ts',
    'harness/platforms/gateway-schemas.ts',
    'harness/runs/schema.ts',
    'harness/core',
  ],
  scenarios: ['harness/api'],
  'harness/targets': ['harness/openstack', 'harness/ssh', 'harness/images/bundle.ts', 'harness/core'],
  'harness/openstack': ['harness/core'],
  'harness/ssh': ['harness/core'],
  'harness/platforms': ['harness/core'],
  'harness/functions': ['harness/images', 'harness/core'],
  'harness/images': ['harness/core'],
  'harness/agent': ['harness/core'],
  'harness/load': ['harness/statistics', 'harness/runs/schema.ts', 'harness/core'],
  'harness/statistics': ['harness/core'],
  'harness/runs': ['harness/core'],
  reports: ['harness/runs', 'harness/statistics', 'harness/core'],
  'harness/core': [],
};

const folders = Object.keys(allowed);

interface Import {
  readonly from: string;
  readonly to: string;
}

async function sources(): Promise<readonly string[]> {
  const trees = await Promise.all(
    ['harness', 'scenarios', 'reports'].map(async (tree) => {
      const names = await readdir(join(repositoryRoot, tree), { recursive: true });
      return names.map((name) => join(tree, name));
    }),
  );
  return trees
    .flat()
    .filter((path) => path.endsWith('.ts') && !/\.test\.ts$|\.fixture\.ts$|node_modules|\/target\//.test(path));
}

async function importsOf(path: string): Promise<readonly Import[]> {
  const text = await readFile(join(repositoryRoot, path), 'utf8');
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g);
  return [...found].map((match) => ({
    from: path,
    to: relative(repositoryRoot, resolve(repositoryRoot, dirname(path), match[1] ?? '')),
  }));
}

function folderOf(path: string): string | undefined {
  return folders.find((folder) => path.startsWith(`${folder}/`));
}

function isAllowed({ from, to }: Import): boolean {
  const folder = folderOf(from);
  if (folder === undefined) return false;
  if (to.startsWith(`${folder}/`)) return true;
  return (allowed[folder] ?? []).some((other) => to === other || to.startsWith(`${other}/`));
}

/** The first import cycle among files, or undefined. */
function findCycle(graph: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const finished = new Set<string>();
  const visit = (path: string, trail: readonly string[]): readonly string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (finished.has(path)) return undefined;
    for (const next of graph.get(path) ?? []) {
      const cycle = visit(next, [...trail, path]);
      if (cycle !== undefined) return cycle;
    }
    finished.add(path);
    return undefined;
  };
  for (const path of graph.keys()) {
    const cycle = visit(path, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

describe('the architecture', () => {
  test('every source file lies in a folder of the import table', async () => {
    const strays = (await sources()).filter((path) => folderOf(path) === undefined);
    expect(strays).toEqual([]);
  });

  test('folders import only what the table allows', async () => {
    const imports = (await Promise.all((await sources()).map(importsOf))).flat();
    expect(imports.length).toBeGreaterThan(50);
    expect(imports.filter((it) => !isAllowed(it)).map((it) => `${it.from} → ${it.to}`)).toEqual([]);
  });

  test('no file imports itself by way of others', async () => {
    const files = await sources();
    const graph = new Map<string, readonly string[]>();
    for (const path of files)
      graph.set(
        path,
        (await importsOf(path)).map((it) => it.to),
      );
    expect(findCycle(graph)).toBeUndefined();
  });

  test('a forbidden import and a cycle would be found', () => {
    expect(isAllowed({ from: 'harness/core/poll.ts', to: 'harness/bench/judge.ts' })).toBe(false);
    expect(isAllowed({ from: 'scenarios/coldstart.ts', to: 'harness/runs/schema.ts' })).toBe(false);
    expect(
      findCycle(
        new Map([
          ['a', ['b']],
          ['b', ['c']],
          ['c', ['b']],
        ]),
      ),
    ).toEqual(['b', 'c', 'b']);
  });
});
