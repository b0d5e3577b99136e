import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { wallClockNs, wallClockOffsetNs } from '../core/clock.ts';
import { openHere } from '../core/here.ts';
import type { GeneratorPlace } from '../load/load.ts';

/** A wall clock that somebody sets while load runs. */
export interface SteppedClock {
  /** k6 as it would be with this clock. */
  readonly place: GeneratorPlace;
  /** As `wallClockOffsetNs`, of this clock. */
  readonly offsetNs: () => number;
}

/**
 * The step is put into the times that k6 writes, on their way to whoever reads them: the machine's own clock, and the
 * server's log with it, keep the true time.
 *
 * k6 takes the end of a request from CLOCK_REALTIME, and how long it took from two readings of it, so that a request under
 * way is as much longer, or shorter down to nothing. When to send the next one it takes from the monotonic clock.
 * @see https://github.com/grafana/k6/blob/v2.1.0/lib/netext/httpext/tracer.go (`now` and `Done`)
 *
 * @param stepNs negative: the clock is set back
 * @param afterNs after k6's first sample
 */
export function steppedClock(stepNs: number, afterNs: number): SteppedClock {
  const step = BigInt(Math.round(stepNs));
  let at: bigint | undefined;

  const seen = (line: string): string => {
    const [metric = '', time = '', value = '', ...others] = line.split(',');
    if (!/^\d+$/.test(time)) return line;
    const end = BigInt(time);
    at ??= end + BigInt(Math.round(afterNs));
    if (end < at) return line;
    const underWay = metric === 'http_req_duration' && Number(end - at) < Number(value) * 1e6;
    const shown = underWay ? Math.max(0, Number(value) + stepNs / 1e6).toFixed(6) : value;
    return [metric, end + step, shown, ...others].join(',');
  };

  return {
    offsetNs: () => wallClockOffsetNs() + (at !== undefined && wallClockNs() >= at ? Number(step) : 0),
    place: {
      open(argv) {
        const channel = openHere(argv);
        const stdout = Readable.from(linesOf(channel.stdout, seen));
        // The last line comes out of here after the program has ended.
        const exited = Promise.all([channel.exited, finished(stdout)]).then(([exitCode]) => exitCode);
        return { ...channel, stdout, exited };
      },
    },
  };
}

async function* linesOf(stream: Readable, change: (line: string) => string): AsyncGenerator<Buffer> {
  for await (const line of createInterface({ input: stream })) yield Buffer.from(`${change(line)}\n`);
}
