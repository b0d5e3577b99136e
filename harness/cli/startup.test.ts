import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../core/subprocess.ts';

const MAIN = resolve(import.meta.dirname, 'main.ts');

/** Says on standard error which packages a program loads. */
const TELL = `import { registerHooks } from 'node:module';
const seen = new Set();
registerHooks({
  load(url, context, next) {
    const name = /\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)\\//.exec(url)?.[1];
    if (name !== undefined) seen.add(name);
    return next(url, context);
  },
});
process.on('exit', () => process.stderr.write('loaded: ' + [...seen].join(' ')));`;

async function packagesOf(words: readonly string[]): Promise<readonly string[]> {
  const hook = `data:text/javascript,${encodeURIComponent(TELL)}`;
  const { stderr } = await run([process.execPath, '--import', hook, MAIN, ...words], { timeoutMs: 30_000 });
  return /^loaded: (.*)$/m.exec(stderr)?.[1]?.split(' ') ?? [];
}

test.each([
  ['help', ['--help']],
  ["a command's help", ['bench', '--help']],
  ['the report of a run that is not there', ['report', '/nowhere']],
  ['words that are wrong', ['doctor', '--generators', '1']],
])('%s loads no client of clouds, engines or generators', async (_what, words) => {
  const packages = await packagesOf(words);
  expect(packages).toContain('commander');
  for (const heavy of ['testcontainers', 'undici', 'autocannon', 'ssh2']) expect(packages).not.toContain(heavy);
});
