import { PassThrough } from 'node:stream';
import { messageOf } from '../core/errors.ts';
import type { Channel } from '../core/host.ts';
import type { Launch } from './launch.ts';
import type { Link } from './link.ts';
import { lostWhile, startProgram } from './program.ts';

/** Exit code of a program that could not be started, or whose connection was lost: what ssh itself ends with. */
const NO_EXIT = 255;

/** Starts a program with all three streams attached; what is written before it runs waits for it. */
export function openProgram(link: Link, launch: Omit<Launch, 'token'>): Channel {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const gaveUp = (error: unknown): number => {
    stdout.end();
    stderr.end(`${messageOf(error)}\n`);
    return NO_EXIT;
  };
  const attach = async (): Promise<number> => {
    const { channel, ended } = await startProgram(link, launch, new AbortController().signal);
    stdin.pipe(channel);
    channel.pipe(stdout);
    channel.stderr.pipe(stderr, { end: false });
    const code = await ended;
    if (code === undefined) return gaveUp(lostWhile(link, launch.argv[0] ?? ''));
    stderr.end();
    return code;
  };
  const exited = attach()
    .catch(gaveUp)
    .finally(() => {
      // Nobody reads it any more; a writer must not wait for that.
      stdin.unpipe();
      stdin.resume();
    });
  return { stdin, stdout, stderr, exited };
}
