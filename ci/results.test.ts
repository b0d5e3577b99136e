import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { repositoryRoot } from '../harness/core/paths.ts';
import { run, runOrFail } from '../harness/core/subprocess.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-results-'));
});

afterEach(() => rm(folder, { recursive: true }));

const tests = `
import { afterAll, describe, expect, test } from 'vitest';
test('passes', () => {});
test('fails', () => expect(1, 'one is not two').toBe(2));
let tries = 0;
test('passes when tried again', () => expect(++tries, 'too early').toBe(2));
test('says why', ({ skip }) => skip('there is no moon'));
describe.skipIf(true)('a suite', { meta: { skipReason: 'there is no sun' } }, () => {
  test('is left out', () => {});
});
test.skip('says nothing');
describe('a hook', () => {
  afterAll(() => { throw new Error('nothing to remove'); });
  test('breaks after this', () => {});
});
`;

/** Runs the tests in a vitest of their own, with the reporter, and gives the lines of the summary. */
async function summarised(status: string, exitCode = 0): Promise<readonly string[]> {
  const result = await run([process.execPath, join(repositoryRoot, 'ci/results.ts'), join(folder, 'results'), status]);
  expect(result).toMatchObject({ stderr: '', exitCode });
  return result.stdout.trimEnd().split('\n');
}

async function runTests(files: Readonly<Record<string, string>>): Promise<void> {
  await symlink(join(repositoryRoot, 'node_modules'), join(folder, 'node_modules'));
  await runOrFail(['mkdir', join(folder, 'results')], 'making a folder');
  const config = `
    import { resultsReporter } from '${join(repositoryRoot, 'ci/results-reporter.ts')}';
    export default { test: { retry: 1, reporters: [resultsReporter('${join(folder, 'results/local.json')}')] } };
  `;
  for (const [name, content] of Object.entries({ 'vitest.config.ts': config, ...files })) {
    await writeFile(join(folder, name), content);
  }
  const vitest = join(repositoryRoot, 'node_modules/vitest/vitest.mjs');
  await run([process.execPath, vitest, 'run'], { cwd: folder, timeoutMs: 60_000 });
}

test('counts and names what passed, failed, was skipped and was tried again', async () => {
  await runTests({ 'some.test.ts': tests, 'broken.test.ts': 'throw new Error("cannot be read");' });
  const lines = await summarised('1');
  expect(lines).toEqual([
    'SKIPPED: some.test.ts: says why: there is no moon',
    'SKIPPED: some.test.ts: a suite > is left out: there is no sun',
    'SKIPPED: some.test.ts: says nothing: no reason given',
    expect.stringMatching(/^RETRIED: some\.test\.ts: fails: failed after 1 retry: one is not two/),
    expect.stringMatching(/^RETRIED: some\.test\.ts: passes when tried again: passed after 1 retry: too early/),
    expect.stringMatching(/^FAILED: some\.test\.ts: fails: one is not two/),
    'FAILED: broken.test.ts: cannot be read',
    'FAILED: some.test.ts: nothing to remove',
    '3 passed, 3 failed, 3 skipped',
  ]);
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  await runOrFail(['mkdir', join(folder, 'results')], 'making a folder');
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, 'results', name), content);
}

const passed = { file: 'a.test.ts', title: 'works', state: 'passed', retries: 0, reason: '' };

test('prints the minutes of each lane and adds the lanes up', async () => {
  const lane = JSON.stringify({ tests: [passed, { ...passed, state: 'skipped', reason: 'no cloud' }], errors: [] });
  await write({ 'local.json': lane, 'fake.json': lane, seconds: 'setup\t33\nnpm test\t754\nlane fake\t6\n' });
  expect(await summarised('0')).toEqual([
    'SKIPPED: a.test.ts: works: no cloud',
    'SKIPPED: a.test.ts: works: no cloud',
    'minutes',
    'setup       0.6',
    'npm test   12.6',
    'lane fake   0.1',
    '2 passed, 0 failed, 2 skipped',
  ]);
});

test('what ended the gate without failing a test counts as one failure, with the end of its log', async () => {
  await write({
    'local.json': JSON.stringify({ tests: [passed], errors: [] }),
    failed: '\nFAILED, exit code 4: setup\nno disk\n',
  });
  expect(await summarised('4')).toEqual(['', 'FAILED, exit code 4: setup', 'no disk', '1 passed, 1 failed, 0 skipped']);
});

test('results that cannot be read are a failure, although every step ended well', async () => {
  await write({ 'lxc.json': '{"tests": [' });
  expect(await summarised('0', 3)).toEqual([
    expect.stringMatching(/^FAILED: lxc\.json: unreadable results: /),
    '0 passed, 1 failed, 0 skipped',
  ]);
});
