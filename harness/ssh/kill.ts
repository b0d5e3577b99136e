import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientChannel } from 'ssh2';
import { type Launch, launcher, prelude } from './launch.ts';
import type { Link } from './link.ts';

/** How long the other end may take to find and end a program. */
const KILL_MS = 8_000;
/** How long its session may take to close after that. */
const CLOSE_MS = 1_000;

/**
 * A channel's own "signal" request would reach neither a program under sudo nor what a program has started. So all
 * processes that carry the token are looked for: in the environment, or, before the program itself has begun, in the
 * launcher's command line. The token comes in two parts, and to grep by a pipe, so that the search does not find itself.
 * Two seconds between TERM and KILL.
 */
const SCRIPT = `token=$A$B; unset A B
all() { printf '%s\\n' "$token" | grep -lsaF -f - /proc/[0-9]*/environ /proc/[0-9]*/cmdline | cut -d/ -f3 | sort -u; }
sent=; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  p=$(all)
  if [ -z "$p" ]; then [ -n "$sent$([ $i -gt 2 ] && echo late)" ] && exit 0
  elif [ -z "$sent" ]; then kill -TERM $p; sent=1; fi
  sleep 0.1
done
p=$(all); [ -z "$p" ] || kill -KILL $p`;

/** Ends a program of ours on the other end, with all that it has started, and closes its session. */
export async function killRemote(
  link: Link,
  launch: Launch,
  channel: ClientChannel,
  ended: Promise<unknown>,
): Promise<void> {
  const signal = AbortSignal.timeout(KILL_MS);
  try {
    const release = await link.kills.take(signal);
    const token = launch.token;
    const killer: Launch = {
      argv: ['sh', '-c', SCRIPT],
      env: { A: token.slice(0, 9), B: token.slice(9) },
      sudo: launch.sudo,
      token: 'kill',
    };
    try {
      const session = await link.start(launcher(killer), signal);
      session.on('error', () => {}).resume();
      session.stderr.resume();
      session.end(prelude(killer));
      await Promise.race([
        new Promise((resolve) => session.once('close', resolve)),
        sleep(KILL_MS, undefined, { signal, ref: false }),
      ]);
    } finally {
      release();
    }
  } catch {
    // Whoever gave up on the program hears of that; a machine that cannot be reached is the reason as a rule.
  }
  await Promise.race([ended, sleep(CLOSE_MS, undefined, { ref: false })]);
  channel.close();
  // A channel is closed when all that came was read; whoever has read it so far may have gone.
  channel.resume();
  channel.stderr.resume();
}
