import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

/** As behind the classic watchdog: a process a request. */
function once(input: string) {
  const program = join(import.meta.dirname, '../src/once.ts');
  const env = { ...process.env, WORKLOAD: 'json' };
  return spawnSync(process.execPath, [program], { env, input, encoding: 'utf8' });
}

test('behind the classic watchdog json is summed up, and a refusal is an exit code and a line of log', () => {
  const { status, stdout } = once('{"items":[]}');
  assert.deepEqual([status, JSON.parse(stdout).count], [0, 0]);
  for (const body of ['', 'nonsense', ' '.repeat(2 * 1024 * 1024 + 1)]) {
    const refused = once(body);
    assert.deepEqual([refused.status, refused.stdout], [1, '']);
    assert.match(refused.stderr, /^[A-Z][^\n]*\.\n$/);
  }
});
