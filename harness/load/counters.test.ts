import { describe, expect, test } from 'vitest';
import { run } from '../core/subprocess.ts';
import { readCounters } from './counters.ts';

const never = new AbortController().signal;

/** What the script prints, of a kernel that counts these in `TcpExt`. */
const printed = (names: string, values: string) =>
  [
    '100.00 150.00',
    'cpu0 10 0 20 70 0 0 0 0 0 0',
    '---',
    '---',
    'Tcp: OutSegs RetransSegs',
    'Tcp: 1000 7',
    `TcpExt: ListenOverflows ${names}`,
    `TcpExt: 0 ${values}`,
    '',
  ].join('\n');

function hostThatPrints(stdout: string): Parameters<typeof readCounters>[0] {
  return { name: 'a machine', exec: async () => ({ stdout, stderr: '', exitCode: 0 }) };
}

describe('the counters of a kernel', () => {
  test('are read on this machine', async () => {
    const counters = await readCounters({ name: 'this machine', exec: run }, never);
    expect(counters.cores.length).toBeGreaterThan(0);
    expect(counters.segmentsRetransmitted).toBeGreaterThanOrEqual(0);
    expect(counters.segmentsSentInVain).toBeGreaterThanOrEqual(0);
  });

  test.each([
    ['counts segments', 'TCPDSACKRecv TCPDSACKRecvSegs', '3 5', 5],
    ['counts reports only', 'TCPDSACKRecv', '3', 3],
    ['counts neither', 'TCPTimeouts', '9', 0],
  ])('say what was sent in vain where the kernel %s', async (_what, names, values, inVain) => {
    const counters = await readCounters(hostThatPrints(printed(names, values)), never);
    expect(counters).toMatchObject({ segmentsSent: 1000, segmentsRetransmitted: 7, segmentsSentInVain: inVain });
  });
});
