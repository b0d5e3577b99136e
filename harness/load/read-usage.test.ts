import { describe, expect, test } from 'vitest';
import { parseUsage } from './read-usage.ts';

const stat = (pid: number, name: string, times: string) =>
  `stat ${pid} (${name}) S 1 1 1 0 -1 4194560 100 0 0 0 ${times} 20 0 1 0 98765 1000 200`;

/** As a machine of the test bed wrote it, with fewer processes. */
const READING = `whole 38380036734
function 19503067
member 13846
exe /proc/10 /home/app/gateway
exe /proc/11 /usr/local/bin/faasd
exe /proc/12 /usr/local/bin/faasd
exe /proc/13 /usr/local/bin/faasd
exe /proc/14 /opt/givre/bin/k6
exe /proc/13846 /main
word 10${' '}
${stat(10, 'gateway', '30 12 5 2')}
files 10 900 1024
word 11 provider
${stat(11, 'faasd', '100 0 400 60')}
files 11 9 unlimited
word 12 up
${stat(12, 'faasd', '1 0 0 0')}
files 12 12 1024
word 13 collect
${stat(13, 'faasd', '1 0 0 0')}
files 13 12 1024
word 14 run
${stat(14, 'k6', '1 0 0 0')}
word 13846${' '}
${stat(13_846, 'a) b (c', '1 0 0 0')}
word 2${' '}
${stat(2, 'kthreadd', '0 0 0 0')}
`;

describe('who takes processor time', () => {
  test('is told by program and first word, the function by its cgroup', () => {
    const { wholeCpuNs, functionCpuNs, processes } = parseUsage(READING);
    expect([wholeCpuNs, functionCpuNs]).toEqual([38_380_036_734, 19_503_067]);
    expect(processes.map((it) => [it.pid, it.part])).toEqual([
      [10, 'gateway'],
      [11, 'provider'],
      [12, 'proxy'],
      [13, 'rest'],
      [14, 'harness'],
      [13_846, 'function'],
      [2, 'rest'],
    ]);
    expect(processes[0]).toEqual({
      ...{ pid: 10, parent: 1, started: 98_765, part: 'gateway', cpuNs: 420e6, childrenCpuNs: 70e6 },
      files: { open: 900, limit: 1_024 },
    });
    expect(processes[1]).toMatchObject({ childrenCpuNs: 4_600e6, files: { open: 9, limit: null } });
  });

  test('is read with cgroup v2, and without any', () => {
    expect(parseUsage('whole usage_usec 77\nfunction usage_usec 5\n')).toEqual({
      wholeCpuNs: 77_000,
      functionCpuNs: 5_000,
      processes: [],
    });
    expect(parseUsage('whole \n')).toMatchObject({ wholeCpuNs: null, functionCpuNs: null });
  });
});
