import type { LoadResult } from './load.ts';

/** A measurement without fault: 1000 requests in 10 s, all answered. */
export function loadResult(changes: Partial<LoadResult>): LoadResult {
  return {
    generator: { name: 'k6', version: '2.1.0' },
    planned: 1000,
    sent: 1000,
    ok: 1000,
    failed: 0,
    dropped: 0,
    warmUp: { planned: 0, ok: 0, failed: 0, dropped: 0, connections: 400 },
    connections: 400,
    expectedConnections: 400,
    startedRealtimeNs: '1700000000000000000',
    durationNs: 10e9,
    seconds: [],
    requests: [],
    failedNotKept: 0,
    failures: [],
    arrivalsD: 0.0001,
    earlyNs: 0,
    generatorCpuNs: 1e9,
    eventLoopDelayNs: 12e6,
    ...changes,
  };
}
