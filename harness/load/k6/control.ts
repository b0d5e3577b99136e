import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { wallClockNs } from '../../core/clock.ts';
import { GivreError } from '../../core/errors.ts';
import { lastLines } from '../../core/subprocess.ts';
import type { GeneratorPlace } from '../load.ts';

/**
 * Answers each line with one line, beside a k6 that was started with `--paused --address 127.0.0.1:PORT`. k6 tells and
 * takes its state by HTTP on its own machine only; bash can speak that, so nothing else need be there.
 *
 * @see https://grafana.com/docs/k6/latest/misc/k6-rest-api/
 */
const SCRIPT = `port=$1
ask() { ( exec 4<>"/dev/tcp/127.0.0.1/$port" || exit 1
  printf '%s /v1/status HTTP/1.0\\r\\nHost: k6\\r\\nContent-Length: %d\\r\\n\\r\\n%s' "$1" "\${#2}" "$2" >&4; cat <&4 ) 2>/dev/null; }
while read -r word; do
  case $word in
    clock) echo "\${EPOCHREALTIME/[!0-9]/}" ;;
    state) state=$(ask GET '' | grep -o '"status":[0-9]*'); echo "\${state:-none}" ;;
    go) if ask PATCH '{"data":{"type":"status","id":"default","attributes":{"paused":false}}}' | grep -q '"paused":false'
      then echo gone; else echo refused; fi ;;
  esac
done`;

/** `ExecutionStatusPausedBeforeRun`: virtual users are made, and nothing is left to do but to begin. */
const PAUSED = '"status":4';
const LOOK_EVERY_MS = 50;
const CLOCK_ROUNDS = 10;

/** A wall clock beside ours. */
interface ClockReading {
  /** That clock minus ours. */
  readonly offsetNs: number;
  /** The offset is within ± this: half of the shortest round trip. */
  readonly boundNs: number;
}

/** The say over one k6 that waits. */
export interface K6Control {
  /** Resolves once it is ready to begin. */
  paused(): Promise<void>;
  go(): Promise<void>;
  /** Cristian's algorithm (Probabilistic clock synchronization, 1989). */
  clock(): Promise<ClockReading>;
}

/**
 * @param signal ends it, which it has to
 * @throws GivreError `E_LOAD_GENERATOR` by each of its words when the place is not reached any more
 */
export function controlK6(place: GeneratorPlace, port: number, signal: AbortSignal): K6Control {
  signal.throwIfAborted();
  const channel = place.open(['bash', '-c', SCRIPT, 'bash', String(port)]);
  signal.addEventListener('abort', () => void channel.stdin.end(), { once: true });
  let stderr = '';
  channel.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-2_000);
  });
  const lines = createInterface({ input: channel.stdout })[Symbol.asyncIterator]();
  const ask = async (word: string): Promise<string> => {
    channel.stdin.write(`${word}\n`);
    const line = await lines.next();
    if (line.done !== true) return line.value;
    signal.throwIfAborted();
    const exitCode = await channel.exited;
    const message = `the connection to it has ended (exit code ${exitCode})`;
    throw new GivreError({ code: 'E_LOAD_GENERATOR', message, hint: lastLines(stderr, 4) });
  };
  return {
    async paused() {
      while ((await ask('state')) !== PAUSED) await sleep(LOOK_EVERY_MS, undefined, { signal });
    },
    async go() {
      if ((await ask('go')) === 'gone') return;
      throw new GivreError({ code: 'E_LOAD_GENERATOR', message: 'k6 was ready and would not begin' });
    },
    async clock() {
      let best = { offsetNs: 0, boundNs: Number.POSITIVE_INFINITY };
      for (let round = 0; round < CLOCK_ROUNDS; round++) {
        const sent = wallClockNs();
        const theirs = BigInt(await ask('clock')) * 1000n;
        const tripNs = Number(wallClockNs() - sent);
        if (tripNs / 2 < best.boundNs) {
          best = { offsetNs: Number(theirs - sent) - tripNs / 2, boundNs: tripNs / 2 };
        }
      }
      return best;
    },
  };
}
