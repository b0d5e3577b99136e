import { join } from 'node:path';
import { readHandlerFile } from '../handler-file.ts';
import type { Dependency } from './dependency.ts';

interface Locked {
  readonly name: string;
  readonly version: string;
  /** Absent for the workspace's own crates. */
  readonly source: string | undefined;
  /** `name`, or `name version` where the lock has several of that name. */
  readonly needs: readonly string[];
}

/**
 * What a lock file pins for a crate of its workspace: everything that can be reached from it, but not through what only
 * its tests need. A lock file is for all systems at once: crates for others than Linux are among them.
 *
 * @param wanted names that may be those of the workspace's crates; if none is, all of its crates count
 */
export async function cargoDependencies(folder: string, wanted: readonly string[]): Promise<readonly Dependency[]> {
  const locked = parseLock(await readHandlerFile(folder, 'Cargo.lock'));
  const own = locked.filter(({ source }) => source === undefined);
  const named = own.filter(({ name }) => wanted.includes(name));
  const tests = await testNeeds(folder);
  const reached = new Set<Locked>();
  const visit = (one: Locked): void => {
    if (reached.has(one)) return;
    reached.add(one);
    const unwanted = one.source === undefined ? tests.get(one.name) : undefined;
    for (const need of one.needs) {
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

/** The format is cargo's own and regular: a table a crate, a line a key. */
function parseLock(text: string): readonly Locked[] {
  const [, ...tables] = text.split(/^\[\[package\]\]$/m);
  return tables.map((table) => {
    const value = (key: string): string | undefined => new RegExp(`^${key} = "(.*)"$`, 'm').exec(table)?.[1];
    const list = /^dependencies = \[([^\]]*)\]/m.exec(table)?.[1] ?? '';
    const needs = [...list.matchAll(/"([^"]+)"/g)].map(([, need = '']) => need);
    return { name: value('name') ?? '', version: value('version') ?? '', source: value('source'), needs };
  });
}

/** By each crate of the workspace, what only its tests need. */
async function testNeeds(folder: string): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const root = await readHandlerFile(folder, 'Cargo.toml');
  const list = /^members\s*=\s*\[([^\]]*)\]/m.exec(root)?.[1] ?? '';
  const members = [...list.matchAll(/"([^"]+)"/g)].map(([, path = '']) => join(path, 'Cargo.toml'));
  const needs = new Map<string, ReadonlySet<string>>();
  for (const manifest of [
    root,
    ...(await Promise.all(members.map((path) => readHandlerFile(folder, path).catch(() => '')))),
  ]) {
    const name = /^name\s*=\s*"([^"]+)"/m.exec(sectionOf(manifest, 'package'))?.[1];
    if (name === undefined) continue;
    const everywhere = keysOf(sectionOf(manifest, 'dependencies'));
    needs.set(name, new Set(keysOf(sectionOf(manifest, 'dev-dependencies')).filter((it) => !everywhere.includes(it))));
  }
  return needs;
}

/** The lines between a table's head and the next one. */
function sectionOf(manifest: string, table: string): string {
  const [, section = ''] = manifest.split(new RegExp(`^\\[${table}\\]\\s*$`, 'm'));
  const [lines = ''] = section.split(/^\[/m);
  return lines;
}

function keysOf(section: string): readonly string[] {
  return [...section.matchAll(/^([\w-]+)(?:\.workspace)?\s*=/gm)].map(([, key = '']) => key);
}
