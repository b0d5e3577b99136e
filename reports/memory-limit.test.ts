import { describe, expect, test } from 'vitest';
import type { MemoryLimitSample } from '../harness/runs/schema.ts';
import { syntheticLoadRun } from '../harness/runs/synthetic-load.fixture.ts';
import { summarise } from './summary.ts';
import { terminalReport } from './terminal.ts';

const MIB = 2 ** 20;

type Excess = NonNullable<MemoryLimitSample['excess']>;

const killed: Excess = {
  askedBytes: 256 * MIB,
  status: 502,
  error: null,
  given: false,
  oomEvents: 1,
  exitStatus: 137,
  after: { attempts: 1, firstStatus: 200, firstCorrectNs: 150e6, newProcess: true },
};

const limited: MemoryLimitSample = {
  schemaVersion: 1,
  index: 0,
  at: '2026-01-01T00:00:00.000Z',
  platform: 'control',
  block: 0,
  repetition: 0,
  round: 0,
  kind: 'memory-limit',
  function: 'rust-hello',
  limit: '128Mi',
  limitBytes: 128 * MIB,
  cgroup: { limitBytes: 128 * MIB, peakBytes: 32 * MIB },
  oomEvents: 0,
  excess: killed,
};

function told(...samples: MemoryLimitSample[]) {
  const run = {
    ...syntheticLoadRun({ functions: ['rust-hello'], scenarios: ['burst'], seconds: 1 }),
    records: samples,
  };
  const summary = summarise(run);
  return { cell: summary.memoryLimits[0], text: terminalReport(summary, { colour: false }).replaceAll(/\s+/g, ' ') };
}

const excess = (more: Partial<Excess>): MemoryLimitSample => ({ ...limited, excess: { ...killed, ...more } });

describe('a memory limit', () => {
  test('is respected when who asked for more was killed, and containerd said so', () => {
    const { cell, text } = told(limited);
    expect(cell).toMatchObject({ verdict: 'respected', peakShare: 0.25, oomEvents: 0, rightAgainNs: 150e6 });
    expect(text).toContain('rust-hello 128Mi 128.0 MiB 32.0 MiB 25.0 % 0 killed 150.0');
    expect(text).toContain(
      'rust-hello: limit respected: asked for 256.0 MiB, it was killed (1 × /tasks/oom, exit status 137); ' +
        'the client got 502; the next request was answered right, by a new process',
    );
  });

  test('is not respected when more was given, which is said in words', () => {
    const given = { given: true, status: 200, oomEvents: 0, exitStatus: null };
    const after = { ...killed.after, newProcess: false };
    const { cell, text } = told({ ...excess({ ...given, after }), cgroup: { limitBytes: null, peakBytes: null } });
    expect(cell).toMatchObject({ verdict: 'ignored', cgroupLimitBytes: null });
    expect(text).toContain('NOT RESPECTED');
    expect(text).toContain('LIMIT NOT RESPECTED: asked for 256.0 MiB, it got them, with a limit of 128Mi');
    expect(text).toContain('its cgroup has no memory limit, where 128Mi was deployed');
  });

  test('that acts without an event of containerd, and one of which nothing was seen, are told apart', () => {
    expect(told(excess({ oomEvents: 0 })).cell?.verdict).toBe('unseen');
    // The stream of events broke off: an exit was seen, and a kill may have been missed.
    expect(told(excess({ oomEvents: null })).cell?.verdict).toBe('unseen');
    const { cell, text } = told(excess({ oomEvents: 0, exitStatus: null, status: null, error: 'timeout' }));
    expect(cell?.verdict).toBe('unclear');
    expect(text).toContain('the client got no answer (timeout)');
  });

  test('of a function that did not run any more is not called absent', () => {
    const { cell, text } = told({ ...limited, cgroup: null });
    expect(cell).toMatchObject({ cgroupLimitBytes: 'unknown', peakBytes: null });
    expect(text).toContain('rust-hello 128Mi – – – 0 killed');
    expect(text).not.toContain('no memory limit');
  });

  test('other than what was deployed is told, and so is one that is no quantity', () => {
    const other = told({ ...limited, cgroup: { limitBytes: 64 * MIB, peakBytes: MIB } });
    expect(other.text).toContain('its cgroup has a memory limit of 64.0 MiB, where 128Mi was deployed');
    const { cell, text } = told({ ...limited, limit: '128K', limitBytes: null, excess: null });
    expect(cell).toMatchObject({ verdict: 'untried', peakShare: null });
    expect(text).toContain('128K is no quantity of memory for Kubernetes, so it was not tried');
  });

  test('that could not be tried is not called respected', () => {
    const { cell, text } = told({ ...limited, excess: null });
    expect(cell?.verdict).toBe('untried');
    expect(text).toContain('not tried');
  });

  test('is as good as in its worst block, with kills during its life counted over all', () => {
    const after = { attempts: 3, firstStatus: 500, firstCorrectNs: 250e6, newProcess: true };
    const blocks = [
      { ...limited, oomEvents: 2, cgroup: { limitBytes: 128 * MIB, peakBytes: 128 * MIB } },
      { ...excess({ after }), block: 1 },
      { ...excess({ given: true }), block: 2 },
    ];
    const { cell, text } = told(...blocks);
    expect(cell).toMatchObject({ blocks: 3, verdict: 'ignored', oomEvents: 2, peakShare: 1, rightAgainNs: 150e6 });
    expect(text).toContain('rust-hello, 1 of 3 blocks: killed before more than the limit was asked for, so it had');
    expect(text).toContain('the next request got 500, a later one the right answer, by a new process');
    expect(told({ ...limited, oomEvents: null }).cell?.oomEvents).toBeNull();
  });

  test('that never gives a right answer again says so', () => {
    const after = { attempts: 40, firstStatus: 503, firstCorrectNs: null, newProcess: false };
    const { cell, text } = told(excess({ after }));
    expect(cell?.rightAgainNs).toBeNull();
    // One right answer among three blocks is not what one may expect.
    const two = [excess({ after }), { ...excess({ after }), block: 1 }, { ...limited, block: 2 }];
    expect(told(...two).cell?.rightAgainNs).toBeNull();
    expect(told(limited, ...two.slice(1)).cell?.rightAgainNs).toBe(150e6);
    expect(text).toContain('never');
    expect(text).toContain('no right answer after that (first 503)');
  });
});
