import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Pin, pins } from './pins.ts';

const here = import.meta.dirname;
const shared = {
  name: z.string().min(1),
  version: z.string().regex(/^\d+\.\d+\.\d+(-\d+-g[0-9a-f]{8})?$/),
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .optional(),
  licence: z.enum(['MIT', 'Apache-2.0', 'AGPL-3.0-only']),
  source: z.string().regex(/^https:\/\/github\.com\/[\w.-]+\/[\w.-]+$/),
};
const goModule = z.strictObject({
  by: z.literal('go-module'),
  module: z.string(),
  version: z.string().regex(/^v\d/),
  sum: z.string().regex(/^h1:[A-Za-z0-9+/]{43}=$/),
});
const debian = z.strictObject({
  by: z.literal('debian'),
  suite: z.literal('trixie'),
  package: z.string(),
  seen: z.string(),
});
const asset = z.strictObject({
  name: z.string(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});
const release = z.strictObject({
  by: z.literal('release'),
  downloads: z.url(),
  assets: z.strictObject({ x64: asset, arm64: asset }),
});
const pin = z.strictObject({ ...shared, obtained: z.discriminatedUnion('by', [goModule, debian, release]) });
const all: readonly Pin[] = Object.values(pins);

describe('the pins', () => {
  test.each(all.map((one) => [one.name, one] as const))('say all there is to say about %s', (_name, one) => {
    expect(pin.parse(one)).toEqual(one);
  });

  test('name each part once', () => {
    expect(new Set(all.map((one) => one.name)).size).toBe(all.length);
  });

  test('give the version of each Debian package as the package itself does', () => {
    for (const { version, obtained } of all) {
      if (obtained.by === 'debian') expect(obtained.seen.startsWith(version)).toBe(true);
    }
  });

  test('point at the release of faasd whose version they name', () => {
    expect(pins.faasd.obtained.downloads).toBe(`${pins.faasd.source}/releases/download/${pins.faasd.version}`);
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
});
