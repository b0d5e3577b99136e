import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CalibrationRow } from '../runs/schema.ts';

/** Of all processors, generator and server included: above it somebody else has used the machine. */
export const IDLE_CPU = 0.25;
const QUIET_PRESSURE = 10;
const LONGEST_WAIT_MS = 60_000;

export function wasIdle({ cpuShare }: CalibrationRow): boolean {
  return cpuShare !== null && cpuShare <= IDLE_CPU;
}

/** Waits a minute at most for others to leave the processors alone; without the kernel's pressure figures not at all. */
export async function quietMoment(signal: AbortSignal): Promise<void> {
  const end = performance.now() + LONGEST_WAIT_MS;
  while (performance.now() < end) {
    const text = await readFile('/proc/pressure/cpu', 'utf8').catch(() => '');
    const percent = Number(/^some avg10=([\d.]+)/.exec(text)?.[1] ?? 0);
    if (percent <= QUIET_PRESSURE) return;
    await sleep(500, undefined, { signal });
  }
}
