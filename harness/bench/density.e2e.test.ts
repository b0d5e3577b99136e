import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { benchOnControl, quickLoad } from './bench.fixture.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-density-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('a density that ends at the edition’s limit says so, though the machine has room', {
  timeout: 240_000,
}, async () => {
  const ended = await benchOnControl({
    scenario: 'density',
    platform: 'control+function-limit',
    load: quickLoad,
    out: folder,
  });
  const last = ended.run.records.findLast((record) => record.kind === 'density');
  expect(last).toMatchObject({ truth: 15, editionLimit: 15, basedOn: 15 });
  expect(last?.why).toContain('400: the OpenFaaS CE EULA allows 15/16 function(s)');
  expect(last?.forecast).toBeGreaterThan(15);
  expect(ended.run.verdict).toMatchObject({ status: 'valid', exitCode: 0 });
});
