import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openHere } from '../../core/here.ts';
import { run } from '../../core/subprocess.ts';
import { runK6 } from './process.ts';

const folder = mkdtempSync(join(tmpdir(), 'givre-k6-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Says by which rule of the kernel it runs, and ends badly, so that its words are told. */
function programThatTellsItsPolicy(): string {
  const path = join(folder, 'k6');
  writeFileSync(path, '#!/bin/sh\nchrt --pid $$ >&2\nexit 9\n');
  chmodSync(path, 0o755);
  return path;
}

test('k6 goes before all else where the kernel lets it, and runs as it may elsewhere', async () => {
  const mayBePrompt = (await run(['chrt', '--rr', '1', 'true'])).exitCode === 0 && availableParallelism() > 1;
  const k6 = { place: { open: openHere }, program: programThatTellsItsPolicy(), scripts: folder, version: '2.0.0' };
  const signal = AbortSignal.timeout(20_000);
  const started = runK6(k6, { script: 'x.ts', settings: {}, loadMs: 1000, signal, onOutput: () => {} });
  await expect(started).rejects.toMatchObject({
    code: 'E_LOAD_GENERATOR',
    hint: expect.stringContaining(mayBePrompt ? 'SCHED_RR' : 'SCHED_OTHER'),
  });
});
