import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claim } from '../selftest/claims.ts';
import type { SelfParts } from '../selftest/index.ts';
import { selfCommand } from './self.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-self-'));
});
afterAll(() => rm(folder, { recursive: true }));

const parts: SelfParts = {
  right: async () => [claim('one', 'is one', '1', true)],
  wrong: async () => [claim('two', 'is one', '2', false)],
  idle: async () => [],
};

async function self(only: string, out = folder) {
  const said = { result: '', exitCode: -1 };
  const output = {
    result: (text: string) => {
      said.result += `${text}\n`;
    },
    note: () => {},
    status: () => {},
  };
  const done = (code: number) => {
    said.exitCode = code;
  };
  const words = ['--only', only, '--out', out];
  await selfCommand(output, done, parts).exitOverride().parseAsync(words, { from: 'user' });
  return said;
}

describe('npm run bench:self', () => {
  test.each([
    [0, 'right'],
    [1, 'wrong'],
    [1, 'right,wrong'],
    [1, 'idle'],
    [1, 'right,idle'],
  ])('ends with %i after %s', async (exitCode, only) => {
    expect((await self(only)).exitCode).toBe(exitCode);
  });

  test('says of a part that measured nothing that it did', async () => {
    expect((await self('idle')).result).toContain('FAIL idle: something was measured\n       measured: nothing');
  });

  test('refuses before it measures to write where nothing can be written', async () => {
    await expect(self('right', '/proc/nope')).rejects.toMatchObject({ code: 'E_OUT', exitCode: 2 });
  });

  test('says what may have been meant', async () => {
    await expect(self('rigth')).rejects.toMatchObject({ code: 'E_SELF_PART', hint: 'did you mean right?' });
  });
});
