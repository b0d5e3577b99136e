import { wallClockNs } from '../../core/clock.ts';

/** When a machine got how far, as this process saw it. */
export interface MachineEdges {
  /** Wall clock when the request for the server was sent: nanoseconds since 1970, decimal. */
  readonly sentRealtimeNs: string;
  /** Nanoseconds after that request: its answer came. */
  readonly acceptedNs: number;
  /** A look at the server showed ACTIVE for the first time. */
  readonly activeNs: number;
  /** The first login was complete. */
  readonly loggedInNs: number;
}

/** Counts nanoseconds from now on, by the monotonic clock. */
export function startEdges(): { readonly sentRealtimeNs: string; readonly sinceNs: () => number } {
  const begun = wallClockNs();
  return { sentRealtimeNs: String(begun), sinceNs: () => Number(wallClockNs() - begun) };
}
