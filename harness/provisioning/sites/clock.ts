import type { AgentClient } from '../../agent/client.ts';
import { wallClockNs } from '../../core/clock.ts';

const ROUNDS = 20;

/** Two clocks side by side. */
export interface ClockOffset {
  /** The machine's wall clock minus ours. */
  readonly offsetNs: number;
  /** The offset is within ± this: half of the shortest round trip. */
  readonly boundNs: number;
  /** The machine's wall clock minus its own monotonic clock, by which systemd dates its units. */
  readonly realtimeMinusMonotonicNs: bigint;
}

/**
 * Cristian's algorithm (Probabilistic clock synchronization, 1989): of several questions the one with the shortest
 * round trip bounds the offset best, and its error is at most half of that trip.
 */
export async function measureClockOffset(agent: AgentClient): Promise<ClockOffset> {
  let best: (ClockOffset & { tripNs: bigint }) | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    const sent = wallClockNs();
    const { realtimeNs, monotonicNs } = await agent.clocks();
    const tripNs = wallClockNs() - sent;
    if (best !== undefined && best.tripNs <= tripNs) continue;
    best = {
      tripNs,
      offsetNs: Number(BigInt(realtimeNs) - (sent + tripNs / 2n)),
      boundNs: Number(tripNs) / 2,
      realtimeMinusMonotonicNs: BigInt(realtimeNs) - BigInt(monotonicNs),
    };
  }
  if (best === undefined) throw new Error('the clocks were never compared');
  const { offsetNs, boundNs, realtimeMinusMonotonicNs } = best;
  return { offsetNs, boundNs, realtimeMinusMonotonicNs };
}
