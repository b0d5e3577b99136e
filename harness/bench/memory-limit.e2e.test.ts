import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repositoryRoot } from '../core/paths.ts';
import { benchOnControl, type Ended, quickLoad } from './bench.fixture.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-memory-limit-'));
});
afterAll(() => rm(folder, { recursive: true }));

const MIB = 2 ** 20;
const memory = { scenario: 'memory', functions: 'rust-alloc-limited', load: quickLoad } as const;

function limitOf({ run }: Ended) {
  const limits = run.records.filter((record) => record.kind === 'memory-limit');
  expect(limits).toHaveLength(1);
  return limits[0];
}

/** What is asked beyond the limit, and what the kernel does about it, does not depend on how busy the machine is. */
describe('a function with a memory limit', { timeout: 240_000 }, () => {
  test('is killed when it takes more, containerd tells of it, and the platform starts it anew', async () => {
    const ended = await benchOnControl({ ...memory, out: folder });
    const limit = limitOf(ended);
    expect(limit).toMatchObject({
      limit: '256Mi',
      limitBytes: 256 * MIB,
      cgroup: { limitBytes: 256 * MIB },
      excess: {
        askedBytes: 512 * MIB,
        status: 502,
        given: false,
        exitStatus: 137,
        // The control waits until the function listens, so the first answer is the right one.
        after: { attempts: 1, firstStatus: 200, newProcess: true },
      },
    });
    expect(limit?.excess?.oomEvents).toBeGreaterThanOrEqual(1);
    expect(limit?.cgroup?.peakBytes).toBeGreaterThan(MIB);
    expect(limit?.cgroup?.peakBytes).toBeLessThanOrEqual(256 * MIB);
    expect(ended.run.records.filter((it) => it.kind === 'footprint').map((it) => it.scenario)).toEqual(
      Array(6).fill('memory'),
    );
  });

  test('gets more on a platform that ignores the limit, and that is recorded', async () => {
    const ended = await benchOnControl({ ...memory, platform: 'control+ignore-memory-limit', out: folder });
    expect(limitOf(ended)).toMatchObject({
      limitBytes: 256 * MIB,
      cgroup: { limitBytes: null },
      oomEvents: 0,
      excess: { status: 200, given: true, oomEvents: 0, exitStatus: null, after: { newProcess: false } },
    });
  });

  test('that cannot be told to take memory has a limit and no attempt, and one without a limit has neither', async () => {
    const stack = join(folder, 'stack.yaml');
    await writeFile(stack, stackOf(join(repositoryRoot, 'rust-functions')));
    const ended = await benchOnControl({ ...memory, functions: 'limited,free', stacks: [stack], out: folder });
    expect(limitOf(ended)).toMatchObject({ function: 'limited', cgroup: { limitBytes: 64 * MIB }, excess: null });
  });
});

function stackOf(handler: string): string {
  const common = `lang: dockerfile, handler: ${handler}, image: givre/rust-hello:latest, build_args: { WORKLOAD: hello }`;
  return `version: 1.0
provider: { name: openfaas, gateway: 'http://127.0.0.1:8080' }
functions:
  limited: { ${common}, limits: { memory: 64Mi } }
  free: { ${common} }
`;
}
