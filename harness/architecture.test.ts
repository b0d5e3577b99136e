import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repositoryRoot } from './core/paths.ts';

/**
 * Who may import whom. A folder may always import itself, and the longest row that fits a file is its row.
 * What the design does not have stands last in its row, with why it is there today.
 *
 * What is only for tests (tests, fixtures, `ci/test-images.ts`) may import every fixture, whatever its folder may, and
 * what the row `<folder> tests` adds. The rest imports no fixture, and nobody imports a test.
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
  'harness/cli tests': [
    // What a command left on the engine.
    'harness/targets',
    // A run is interrupted, without any machine.
    'harness/provisioning/run.ts',
    'harness/functions/verify.ts',
    // Each defect is named in the help.
    'harness/platforms/control/defects.ts',
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
  ],
  'harness/bench tests': [
    // Whole runs are looked at from outside: what stands in the cloud, what is left, what the report says of them.
    'harness/openstack',
    'harness/targets/leftovers.ts',
    'harness/statistics/histogram.ts',
    'reports/words.ts',
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
    // Read only: the user's routes.
    'harness/ssh/connection.ts',
    'harness/ssh/resolve.ts',
    // What a comparison will tell, and how long runs took.
    'harness/statistics',
  ],
  'harness/planning tests': [
    // What is planned is also carried out.
    'harness/provisioning/possible-levels.ts',
    'harness/provisioning/place-secrets.ts',
    'harness/platforms/gateway-client.ts',
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
    // The plan itself, where slices would do.
    'harness/planning',
    // Runs are locked.
    'harness/runs/lock.ts',
  ],
  'harness/provisioning tests': [
    // Leases are held through a whole soak, and a site through a whole run.
    'harness/bench/bench.ts',
    'harness/measurement/undisturbed.ts',
    'harness/measurement/load/run-trial.ts',
    'harness/maintenance/reap-openstack.ts',
    'scenarios/soak.ts',
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
    // Which gates of a measurement must have looked.
    'harness/load/standing.ts',
  ],
  'harness/judging tests': ['harness/runs/run.ts'],
  'harness/verification': [
    'harness/planning',
    'harness/provisioning',
    'harness/functions',
    'harness/core',
    // Brings up its stages without a plan and a site.
    'harness/images',
    'harness/platforms',
    'harness/targets',
  ],
  'harness/verification tests': ['harness/openstack'],
  'harness/selftest': [
    'harness/planning',
    'harness/provisioning',
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
    // A function is deployed as the gateway wants it.
    'harness/platforms/gateway-schemas.ts',
  ],
  scenarios: ['harness/api'],
  // They are played on systems that answer with examples of records.
  'scenarios tests': ['harness/core/random.ts', 'harness/runs/schema.ts', 'harness/measurement/load/run-trial.ts'],
  'harness/targets': ['harness/openstack', 'harness/ssh', 'harness/core'],
  'harness/targets tests': [
    // Machines are made of real images, and carry a real platform.
    'harness/images',
    'harness/platforms',
  ],
  'harness/openstack': ['harness/core'],
  // Python's openstacksdk, the referee, runs in an image.
  'harness/openstack tests': ['harness/images', 'harness/platforms/pins.ts'],
  'harness/ssh': ['harness/core'],
  // The server is a real sshd, in an image.
  'harness/ssh tests': ['harness/images'],
  'harness/platforms': ['harness/core'],
  // They are installed on a real machine, and given a function.
  'harness/platforms tests': ['harness/functions/registry.ts', 'harness/images', 'harness/targets/container.ts'],
  'harness/functions': [
    'harness/core',
    // Functions are images, built as all others are.
    'harness/images',
  ],
  // The template's functions run on a real platform.
  'harness/functions tests': ['harness/platforms'],
  'harness/images': ['harness/core'],
  'harness/agent': ['harness/core'],
  // The agent watches a real platform.
  'harness/agent tests': ['harness/platforms'],
  'harness/load': ['harness/statistics', 'harness/runs/schema.ts', 'harness/core'],
  // The load programs are built as images.
  'harness/load tests': ['harness/images', 'harness/platforms/pins.ts'],
  'harness/statistics': ['harness/core'],
  'harness/runs': ['harness/core'],
  // Synthetic records carry real histograms.
  'harness/runs tests': ['harness/statistics'],
  reports: [
    'harness/runs',
    'harness/statistics',
    'harness/core',
    // Which gates of a verdict must have looked, and what they leave out: pure, and not in what is stored.
    'harness/judging/gates.ts',
  ],
  // What a report says of a run is what was judged.
  'reports tests': ['harness/judging/judge.ts'],
  // What it runs is its own, how numbers read, what measures and phases there are (`reports/html/bundle.test.ts`); of all
  // others it has types.
  'reports/html/browser': [
    'reports/format.ts',
    'reports/measures.ts',
    'reports/html/page-data.ts',
    'reports/html/load-data.ts',
    'reports/summary.ts',
    'reports/summary',
    'harness/runs/schema.ts',
    'harness/runs/phases.ts',
    'harness/statistics/ratio.ts',
  ],
  'harness/core': [],
  'harness/architecture.test.ts': ['harness/core/paths.ts'],
  // The cloud that makes mistakes has the words for errors, chance and exit codes from the harness.
  ci: ['harness/core'],
  'ci tests': [
    // Clouds are tried by our own client.
    'harness/openstack',
    // Images, and the programs inside, are built as the harness builds them.
    'harness/functions',
    'harness/images',
    'harness/platforms',
  ],
  'vitest.config.ts': ['ci/results-reporter.ts'],
};

const rows = Object.entries(allowed);

interface Import {
  readonly from: string;
  readonly to: string;
}

async function sources(): Promise<readonly string[]> {
  const trees = await Promise.all(
    ['harness', 'scenarios', 'reports', 'ci'].map(async (tree) => {
      const names = await readdir(join(repositoryRoot, tree), { recursive: true });
      return names.map((name) => join(tree, name));
    }),
  );
  const code = trees.flat().filter((path) => /\.[jt]s$/.test(path) && !/node_modules|\/target\//.test(path));
  return [...code, 'vitest.config.ts'];
}

/** Statements begin a line; so an import inside a text that a test writes down is none. */
const IMPORTS = /^(?:import|export|\}) (?:.*from )?'(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm;

async function importsOf(path: string): Promise<readonly Import[]> {
  const text = await readFile(join(repositoryRoot, path), 'utf8');
  return [...text.matchAll(IMPORTS)].map(([, stated = '', called = '']) => ({
    from: path,
    to: relative(repositoryRoot, resolve(repositoryRoot, dirname(path), stated || called)),
  }));
}

async function allImports(): Promise<readonly Import[]> {
  return (await Promise.all((await sources()).map(importsOf))).flat();
}

function isForTests(path: string): boolean {
  return /\.(test|fixture)\.ts$/.test(path) || path === 'ci/test-images.ts';
}

function liesIn(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}

/** The name of the row that says what a file may import. */
function rowOf(path: string): string | undefined {
  const fitting = rows.map(([name]) => name).filter((name) => liesIn(path, name));
  return fitting.toSorted((a, b) => b.length - a.length)[0];
}

function permits(row: string, { to }: Import): boolean {
  return (allowed[row] ?? []).some((place) => liesIn(to, place));
}

function isAllowed(it: Import): boolean {
  if (it.to.endsWith('.test.ts')) return false;
  if (it.to.endsWith('.fixture.ts')) return isForTests(it.from);
  const row = rowOf(it.from);
  if (row === undefined) return false;
  return row === rowOf(it.to) || permits(row, it) || (isForTests(it.from) && permits(`${row} tests`, it));
}

/** Does the file need the row `name` for this import? Tests need their own row only for what their folder may not. */
function needs(name: string, it: Import): boolean {
  const row = rowOf(it.from);
  if (row === undefined || isForTests(it.to)) return false;
  if (name === `${row} tests`) return isForTests(it.from) && !permits(row, it);
  return name === row && (!isForTests(it.from) || row === it.from);
}

/** Permissions that no import makes use of. */
function unused(imports: readonly Import[]): readonly string[] {
  return rows.flatMap(([name, places]) => {
    const needed = imports.filter((it) => needs(name, it));
    return places.filter((place) => !needed.some(({ to }) => liesIn(to, place))).map((place) => `${name} → ${place}`);
  });
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
    expect((await sources()).filter((path) => rowOf(path) === undefined)).toEqual([]);
  });

  test('folders import only what the table allows', async () => {
    const imports = await allImports();
    // Whoever cannot see imports finds none forbidden.
    expect(imports.length).toBeGreaterThan(1000);
    expect(imports.filter((it) => !isAllowed(it)).map((it) => `${it.from} → ${it.to}`)).toEqual([]);
  });

  test('every permission of the table is made use of', async () => {
    expect(unused(await allImports())).toEqual([]);
  });

  test('no file imports itself by way of others', async () => {
    const graph = new Map<string, string[]>();
    for (const { from, to } of await allImports()) graph.set(from, [...(graph.get(from) ?? []), to]);
    expect(findCycle(graph)).toBeUndefined();
  });

  test.each([
    ['harness/core/poll.ts', 'harness/judging/judge.ts'],
    ['harness/core/poll.ts', 'harness/core/virtual-time.fixture.ts'],
    ['harness/core/poll.ts', 'harness/core/poll.test.ts'],
    ['harness/core/poll.test.ts', 'harness/core/random.test.ts'],
    ['harness/core/poll.test.ts', 'harness/judging/judge.ts'],
    ['harness/runs/read.ts', 'harness/statistics/histogram.ts'],
    ['scenarios/coldstart.ts', 'harness/runs/schema.ts'],
    ['reports/html/browser/main.ts', 'reports/html/make-page-data.ts'],
    ['reports/html/browser/main.ts', 'harness/runs/read.ts'],
    ['ci/results.ts', 'harness/openstack/open.ts'],
  ])('%s must not import %s', (from, to) => {
    expect(isAllowed({ from, to })).toBe(false);
  });

  test('tests may import fixtures, and what their row adds', () => {
    const from = 'harness/runs/runs.test.ts';
    expect(isAllowed({ from, to: 'harness/core/virtual-time.fixture.ts' })).toBe(true);
    expect(isAllowed({ from, to: 'harness/statistics/histogram.ts' })).toBe(true);
  });

  test('a permission that nobody needs and a cycle would be found', () => {
    const onlyByTests = { from: 'harness/bench/bench.e2e.test.ts', to: 'harness/judging/judge.ts' };
    expect(unused([onlyByTests])).toContain('harness/bench → harness/judging');
    expect(unused([{ ...onlyByTests, from: 'harness/bench/bench.ts' }])).not.toContain(
      'harness/bench → harness/judging',
    );
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
