import { join } from 'node:path';
import { parse } from 'smol-toml';
import { z } from 'zod';
import { readHandlerFile } from '../handler-file.ts';
import type { Dependency } from './dependency.ts';

const lockSchema = z.object({
  package: z
    .array(
      z.object({
        name: z.string(),
        version: z.string(),
        /** Absent for the workspace's own crates. */
        source: z.string().optional(),
        /** `name`, or `name version` where the lock has several of that name. */
        dependencies: z.array(z.string()).default([]),
      }),
    )
    .default([]),
});
type Locked = z.infer<typeof lockSchema>['package'][number];

/** A table of dependencies as the names of their packages, which may be others than those they go by in the code. */
const packageNames = z
  .record(z.string(), z.union([z.string(), z.object({ package: z.string().optional() })]))
  .transform((table) =>
    Object.entries(table).map(([name, it]) => (typeof it === 'string' ? name : (it.package ?? name))),
  )
  .default([]);

const manifestSchema = z.object({
  package: z.object({ name: z.string() }).optional(),
  workspace: z.object({ members: z.array(z.string()).default([]) }).optional(),
  dependencies: packageNames,
  'build-dependencies': packageNames,
  'dev-dependencies': packageNames,
  target: z
    .record(z.string(), z.object({ dependencies: packageNames, 'build-dependencies': packageNames }))
    .default({}),
});
type Manifest = z.infer<typeof manifestSchema>;

/**
 * What a lock file pins for a crate of its workspace: everything that can be reached from it, but not through what only
 * its tests need. A lock file is for all systems at once: crates for others than Linux are among them.
 *
 * @param wanted names that may be those of the workspace's crates; if none is, all of its crates count
 */
export async function cargoDependencies(folder: string, wanted: readonly string[]): Promise<readonly Dependency[]> {
  const { package: locked } = lockSchema.parse(parse(await readHandlerFile(folder, 'Cargo.lock')));
  const own = locked.filter(({ source }) => source === undefined);
  const named = own.filter(({ name }) => wanted.includes(name));
  const tests = await testNeeds(folder);
  const reached = new Set<Locked>();
  const visit = (one: Locked): void => {
    if (reached.has(one)) return;
    reached.add(one);
    const unwanted = one.source === undefined ? tests.get(one.name) : undefined;
    for (const need of one.dependencies) {
      const [name = '', version] = need.split(' ');
      const found = locked.find((it) => it.name === name && (version === undefined || it.version === version));
      if (found !== undefined && unwanted?.has(name) !== true) visit(found);
    }
  };
  for (const root of named.length > 0 ? named : own) visit(root);
  return [...reached]
    .filter(({ source }) => source !== undefined)
    .map(({ name, version }) => ({ name, version, ecosystem: 'cargo' }));
}

/** By each crate of the workspace, what only its tests need. */
async function testNeeds(folder: string): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const root = manifestSchema.parse(parse(await readHandlerFile(folder, 'Cargo.toml')));
  const paths = (root.workspace?.members ?? []).map((path) => join(path, 'Cargo.toml'));
  // A member that is not there, or stands for several by a pattern, tells nothing of what only its tests need.
  const members = await Promise.all(paths.map((path) => readHandlerFile(folder, path).catch(() => undefined)));
  const manifests = members.flatMap((text) => (text === undefined ? [] : [manifestSchema.parse(parse(text))]));
  return new Map(
    [root, ...manifests].flatMap((it) => (it.package === undefined ? [] : [[it.package.name, onlyTests(it)]])),
  );
}

function onlyTests(manifest: Manifest): ReadonlySet<string> {
  const needed = [manifest, ...Object.values(manifest.target)].flatMap((it) => [
    ...it.dependencies,
    ...it['build-dependencies'],
  ]);
  return new Set(manifest['dev-dependencies'].filter((name) => !needed.includes(name)));
}
