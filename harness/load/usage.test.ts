import { describe, expect, test } from 'vitest';
import { descriptorRecords, targetCpu, type Usage, type UsageProcess } from './usage.ts';

function process(pid: number, part: UsageProcess['part'], changes: Partial<UsageProcess> = {}): UsageProcess {
  return { pid, parent: 1, started: pid, part, cpuNs: 0, childrenCpuNs: 0, files: null, ...changes };
}

function reading(processes: readonly UsageProcess[], changes: Partial<Usage> = {}): Usage {
  return { wholeCpuNs: null, functionCpuNs: null, processes, ...changes };
}

const hundred = { requests: 100, generatorNs: 4e6 };

describe('processor time of the target', () => {
  test('is split by part and divided by all requests', () => {
    const at = (factor: number) => [
      process(10, 'gateway', { cpuNs: 2e6 * factor }),
      process(11, 'proxy', { cpuNs: 1e6 * factor }),
      process(12, 'provider', { cpuNs: 3e6 * factor }),
      process(13, 'function', { cpuNs: 9e6 * factor }),
      process(14, 'rest', { cpuNs: 0.5e6 * factor }),
      process(15, 'harness', { cpuNs: 7e6 * factor }),
    ];
    const before = reading(at(1), { wholeCpuNs: 1e9, functionCpuNs: 5e6 });
    const after = reading(at(2), { wholeCpuNs: 1e9 + 20e6, functionCpuNs: 6e6 });
    expect(targetCpu(before, after, hundred)).toEqual({
      requests: 100,
      perRequestNs: { gateway: 20_000, proxy: 10_000, provider: 30_000, function: 10_000, rest: 5_000 },
      // 20 ms in all, 4 of the generator, 7 of the agent.
      wholePerRequestNs: 90_000,
    });
  });

  test('counts children that lived for a moment with whoever started them', () => {
    const before = reading([process(12, 'provider', { childrenCpuNs: 1e9 })]);
    const after = reading([process(12, 'provider', { childrenCpuNs: 1e9 + 5e6 })]);
    expect(targetCpu(before, after, hundred)?.perRequestNs.provider).toBe(50_000);
  });

  test('does not count twice what a child had taken before it ended', () => {
    const child = process(20, 'rest', { parent: 12, cpuNs: 30e6, childrenCpuNs: 1e6 });
    const before = reading([process(12, 'provider'), child]);
    const after = reading([process(12, 'provider', { childrenCpuNs: 33e6 })]);
    expect(targetCpu(before, after, hundred)?.perRequestNs.provider).toBe(20_000);
  });

  test('takes a process with the pid of another for a new one', () => {
    const before = reading([process(20, 'gateway', { cpuNs: 8e6 })]);
    const after = reading([process(20, 'gateway', { started: 99, cpuNs: 1e6 })]);
    expect(targetCpu(before, after, hundred)?.perRequestNs.gateway).toBe(10_000);
  });

  test('is not known for no request, and not as a whole where the generator’s is not known', () => {
    const one = reading([], { wholeCpuNs: 1 });
    expect(targetCpu(one, one, { requests: 0, generatorNs: 0 })).toBeNull();
    expect(targetCpu(one, one, { requests: 5, generatorNs: null })?.wholePerRequestNs).toBeNull();
  });
});

describe('descriptors', () => {
  const files = (open: number, limit: number | null = 1_024) => ({ files: { open, limit } });
  const at = (open: number) => reading([process(10, 'gateway', files(open)), process(14, 'rest')]);

  test('of those on the way of a request are told before, after, and at their most', () => {
    const seen = descriptorRecords(at(20), at(40), new Map([[10, 300]]), []);
    expect(seen).toEqual([{ part: 'gateway', limit: 1_024, before: 20, after: 40, most: 300, ranOut: false }]);
  });

  test.each([
    ['nine tenths of the limit were open', new Map([[10, 922]]), []],
    [
      'it said so itself',
      new Map(),
      [{ status: 404, origin: 'gateway' as const, words: 'error finding function: socket: too many open files', n: 1 }],
    ],
  ])('ran out when %s', (_, most, failures) => {
    expect(descriptorRecords(at(20), at(40), most, failures)).toMatchObject([{ ranOut: true }]);
  });

  test('did not run out below that, without a limit, or when somebody else said so', () => {
    const other = [{ status: 0, origin: 'harness' as const, words: 'socket: too many open files', n: 9 }];
    const endless = reading([process(10, 'gateway', files(5_000, null))]);
    expect(descriptorRecords(at(20), at(40), new Map([[10, 921]]), other)).toMatchObject([{ ranOut: false }]);
    expect(descriptorRecords(endless, endless, new Map(), [])).toMatchObject([{ ranOut: false, limit: null }]);
  });
});
