import { readHandlerFile } from '../handler-file.ts';
import type { StackFunction } from '../stack.ts';
import { cargoDependencies } from './cargo.ts';
import type { Dependency } from './dependency.ts';
import { goDependencies, mavenDependencies, npmDependencies, pythonDependencies } from './others.ts';

type Reader = (folder: string, fn: StackFunction) => Promise<readonly Dependency[]>;

const readers: Readonly<Record<string, Reader>> = {
  'Cargo.lock': (folder, { buildArgs }) => cargoDependencies(folder, Object.values(buildArgs)),
  'go.mod': async (folder) => goDependencies(await readHandlerFile(folder, 'go.mod')),
  'package-lock.json': async (folder) =>
    npmDependencies(await readHandlerFile(folder, 'package-lock.json'), process.arch),
  'requirements.txt': async (folder) => pythonDependencies(await readHandlerFile(folder, 'requirements.txt')),
  'pom.xml': async (folder) => mavenDependencies(await readHandlerFile(folder, 'pom.xml')),
};

/**
 * The packages that a function's image was built with, sorted by name: as pinned by the files in its handler's folder,
 * and in those of the functions that it is built from. Null where there is no such file, or none that can be read.
 */
export async function dependenciesOf(fn: StackFunction): Promise<readonly Dependency[] | null> {
  if (fn.skipBuild || fn.handlerDir === undefined) return null;
  const folder = fn.handlerDir;
  const read = Object.values(readers).map((reader) => reader(folder, fn).catch(() => null));
  const bases = Object.values(fn.bases).map(dependenciesOf);
  const lists = (await Promise.all([...read, ...bases])).filter((list) => list !== null);
  if (lists.length === 0) return null;
  return lists.flat().sort((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1));
}
