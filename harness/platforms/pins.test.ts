import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repositoryRoot } from '../core/paths.ts';
import { type Pin, pins } from './pins.ts';

const here = import.meta.dirname;
const all: readonly Pin[] = Object.values(pins);

/** A file of this repository, by its path within. */
const textOf = (path: string) => readFile(join(repositoryRoot, path), 'utf8');

describe('the pins', () => {
  test('name each part once', () => {
    expect(new Set(all.map((one) => one.name)).size).toBe(all.length);
  });

  // Version, commit and module version are raised by hand, each by itself.
  test.each(
    all.flatMap(({ name, version, commit = '', obtained }) =>
      obtained.by === 'go-module' ? [{ name, version, commit, module: obtained.version }] : [],
    ),
  )('agree among themselves on which $name it is', ({ version, commit, module }) => {
    // A pseudo-version ends with the commit's first twelve digits; any other is the version itself.
    const pseudo = /-\d{14}-([0-9a-f]{12})$/.exec(module)?.[1];
    expect(pseudo ?? module).toBe(pseudo === undefined ? `v${version}` : commit.slice(0, 12));
    // As `git describe` puts a version without a release.
    expect(commit).toContain(/-g([0-9a-f]+)$/.exec(version)?.[1] ?? '');
  });

  test('point at the release of faasd whose version they name, and which the control was compared with', async () => {
    expect(pins.faasd.obtained.downloads).toBe(`${pins.faasd.source}/releases/download/${pins.faasd.version}`);
    expect(JSON.parse(await textOf('harness/platforms/fidelity/recorded.json'))).toMatchObject({
      faasd: pins.faasd.version,
    });
  });
});

describe('what the distribution has', () => {
  const packages = all.flatMap(({ version, obtained }) => (obtained.by === 'debian' ? [{ version, ...obtained }] : []));

  test.each(packages)('$package is of the suite that machines are made of, and is installed', async (pinned) => {
    expect(await textOf('ci/setup')).toContain(`base_image=debian:${pinned.suite}-slim\n`);
    const install = /apt-get install (.*?)&&/s.exec(await textOf('ci/images/machine-base/Dockerfile'))?.[1];
    expect(install?.split(/[\s\\]+/)).toContain(pinned.package);
    // Debian's version begins with upstream's.
    expect(pinned.seen.split(/[+~-]/)[0]).toBe(pinned.version);
  });
});

describe('what is compiled', () => {
  test.each([
    ['the core services', 'core-services', [pins.gateway, pins.queueWorker, pins.natsStreaming]],
    ['the control', 'control/provider', [pins.providerSdk]],
    ['the load', '../../ci/images/k6', [pins.k6]],
  ] as const)('for %s requires exactly the pinned versions and checksums', async (_what, folder, parts) => {
    const requirements = await readFile(join(here, folder, 'go.mod'), 'utf8');
    const sums = (await readFile(join(here, folder, 'go.sum'), 'utf8')).split('\n');
    for (const { obtained } of parts) {
      expect(requirements).toMatch(new RegExp(`^\\s*(require )?${obtained.module} ${obtained.version}( |$)`, 'm'));
      expect(sums).toContain(`${obtained.module} ${obtained.version} ${obtained.sum}`);
    }
  });

  test.each([
    ['core-services', [pins.gateway, pins.queueWorker, pins.natsStreaming]],
    ['k6', [pins.k6]],
  ] as const)('in the image %s is the pinned modules, built from what go.sum holds', async (image, parts) => {
    const steps = (await textOf(`ci/images/${image}/Dockerfile`)).replaceAll('\\\n', ' ').split('\n');
    const built = steps.filter((it) => it.startsWith('RUN go build -mod=readonly ')).map((it) => it.split(' ').at(-1));
    expect(built.toSorted()).toEqual(parts.map(({ obtained }) => obtained.module).toSorted());
  });
});
