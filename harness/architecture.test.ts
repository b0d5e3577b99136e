import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repositoryRoot } from './core/paths.ts';

/**
 * Who may import whom. A folder may always import itself. `platforms (client)` means the gateway's client and its
 * wire format only; `runs (schema)` the data contract only.
 * What the design does not have stands last in its row, with why it is there today.
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'harness/cli': [
    'harness/bench',
    'harness/maintenance',
    'harness/selftest',
    'harness/verification',
    'harness/planning',
    'reports',
    'harness/runs',
    'harness/core',
  ],
  'harness/bench': [
    'harness/planning',
    'harness/provisioning',
    'harness/measurement',
    'harness/judging',
    'harness/runs',
    'harness/core',
    // Hands systems to scenarios, and numbers what they record.
    'harness/api',
    // Has a platform died? Who measures asks.
    'harness/platforms/upkeep.ts',
    // Docker is asked for once, before all sites.
    'harness/targets/container.ts',
  ],
  'harness/planning': [
    'harness/api',
    'harness/functions/stack.ts',
    'harness/functions/select.ts',
    'harness/functions/check.ts',
    'harness/functions/deployment.ts',
    'harness/functions/own-request.ts',
    'harness/functions/vectors.ts',
    'harness/functions/watchdog.ts',
    'harness/platforms/faasd/obtain.ts',
    'harness/platforms/control/defects.ts',
    'harness/runs/schema.ts',
    'harness/core',
    // Will the generator be tried first? That takes its time.
    'harness/runs/calibrations.ts',
    // Read only: the user's routes, words for a shell.
    'harness/ssh/connection.ts',
    'harness/ssh/resolve.ts',
    'harness/ssh/quote.ts',
    // What a comparison will tell, and how long runs took.
    'harness/statistics',
  ],
  'harness/provisioning': [
    'harness/targets',
    'harness/platforms',
    'harness/functions',
    'harness/images',
    'harness/openstack',
    'harness/ssh',
    'harness/agent',
    'harness/load',
    'harness/runs/schema.ts',
    'harness/core',
    // What is asked of a function that was delivered.
    'harness/api',
    // Puts load on and boots machines in the shape that measuring wants.
    'harness/measurement/parts.ts',
    // The plan itself, where slices would do.
    'harness/planning',
    // Sites lock the run, and calibrations are kept.
    'harness/runs/lock.ts',
    'harness/runs/calibrations.ts',
  ],
  'harness/measurement': [
    'harness/api',
    'harness/load',
    'harness/agent',
    'harness/platforms/gateway-client.ts',
    'harness/platforms/gateway-removal.ts',
    'harness/runs/schema.ts',
    'harness/core',
  ],
  'harness/judging': [
    'harness/statistics',
    'harness/runs/schema.ts',
    'harness/core',
    // What a manifest promises, and which gates bind a search.
    'harness/runs/planned.ts',
    'harness/runs/binding-gates.ts',
  ],
  'harness/verification': [
    'harness/planning',
    'harness/provisioning',
    'harness/functions',
    'harness/runs',
    'harness/core',
    // Brings up its stages without a plan and a site.
    'harness/images',
    'harness/platforms',
    'harness/targets',
  ],
  'harness/selftest': [
    'harness/planning',
    'harness/provisioning',
    'harness/measurement',
    'harness/judging',
    'harness/functions',
    'harness/load',
    'harness/statistics',
    'harness/runs',
    'harness/core',
    // Its claims are about whole runs.
    'harness/bench',
    // Functions and fidelity are tried without a plan and a site.
    'harness/images',
    'harness/platforms',
    'harness/targets',
  ],
  'harness/maintenance': [
    'harness/planning',
    'harness/targets',
    'harness/openstack',
    'harness/ssh',
    'harness/platforms',
    'harness/runs',
    'harness/core',
  ],
  'harness/api': [
    'harness/load',
    'harness/runs/schema.ts',
    'harness/core',
    // A community edition's refusal is an error of the gateway's client.
    'harness/platforms/gateway-client.ts',
    // A function is deployed as the gateway wants it.
    'harness/platforms/gateway-schemas.ts',
  ],
  scenarios: ['harness/api'],
  'harness/targets': [
    'harness/openstack',
    'harness/ssh',
    'harness/core',
    // The type of what is put onto a machine.
    'harness/images/bundle.ts',
  ],
  'harness/openstack': ['harness/core'],
  'harness/ssh': ['harness/core'],
  'harness/platforms': ['harness/core'],
  'harness/functions': [
    'harness/core',
    // Functions are images, built as all others are.
    'harness/images',
  ],
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
    expect(isAllowed({ from: 'harness/core/poll.ts', to: 'harness/judging/judge.ts' })).toBe(false);
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
