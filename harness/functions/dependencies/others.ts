import { z } from 'zod';
import type { Dependency } from './dependency.ts';

/** Since Go 1.17 a `go.mod` names every module that the build reads anything of. */
export function goDependencies(goMod: string): readonly Dependency[] {
  const lines = goMod.split('\n').map((line) => line.replace(/\/\/.*$/, '').trim());
  const required = lines.flatMap((line) => {
    const [, name, version] = /^(?:require\s+)?(\S+)\s+(v\S+)$/.exec(line) ?? [];
    return name === undefined || version === undefined ? [] : [{ name, version }];
  });
  return required.map((it) => ({ ...it, ecosystem: 'go' }));
}

const words = z.union([z.string().transform((word) => [word]), z.array(z.string())]).optional();

const packageLockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      dev: z.boolean().optional(),
      os: words,
      cpu: words,
      libc: words,
    }),
  ),
});

/** What npm installs in a Debian image without packages for development. */
export function npmDependencies(packageLock: string, processor: string): readonly Dependency[] {
  const { packages } = packageLockSchema.parse(JSON.parse(packageLock));
  return Object.entries(packages).flatMap(([path, { version, dev, os, cpu, libc }]) => {
    const [, name] = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path) ?? [];
    if (name === undefined || version === undefined || dev === true) return [];
    const here = os?.includes('linux') !== false && cpu?.includes(processor) !== false;
    return here && libc?.includes('glibc') !== false ? [{ name, version, ecosystem: 'npm' as const }] : [];
  });
}

/** Requirements that are pinned to one version; any other says nothing about what was installed. */
export function pythonDependencies(requirements: string): readonly Dependency[] {
  return [...requirements.matchAll(/^([A-Za-z0-9._-]+)==([^\s;\\]+)/gm)].map(([, name = '', version = '']) => {
    return { name, version, ecosystem: 'pypi' };
  });
}

/** Maven has no lock file: these are what the project itself names, without what only its tests need. */
export function mavenDependencies(pom: string): readonly Dependency[] {
  return [...pom.matchAll(/<dependency>(.*?)<\/dependency>/gs)].flatMap(([, inner = '']) => {
    const value = (key: string): string => new RegExp(`<${key}>\\s*(.*?)\\s*</${key}>`, 's').exec(inner)?.[1] ?? '';
    if (value('scope') === 'test') return [];
    return [
      { name: `${value('groupId')}:${value('artifactId')}`, version: value('version'), ecosystem: 'maven' as const },
    ];
  });
}
