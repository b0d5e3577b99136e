import { once } from 'node:events';
import { openHere } from '../core/here.ts';
import { run } from '../core/subprocess.ts';
import type { CalibrationOptions } from '../load/calibrate.ts';
import { readCounters } from '../load/counters.ts';
import type { GeneratorPlace } from '../load/load.ts';

/** A network of its own, with nothing in it but a loopback that loses packets. It is gone with its last process. */
export interface LossyNetwork {
  readonly place: GeneratorPlace;
  readonly counters: CalibrationOptions['counters'];
  end(): Promise<void>;
}

/** Needs the rights of root and iptables; undefined where either is missing. */
export async function lossyNetwork(loss: number, signal: AbortSignal): Promise<LossyNetwork | undefined> {
  const rule = `iptables -A INPUT -m statistic --mode random --probability ${loss.toFixed(4)} -j DROP`;
  let keeper = 0;
  const channel = openHere(['unshare', '--net', 'sh', '-c', `ip link set lo up && ${rule} && echo ready && exec cat`], {
    onStart: (pid) => {
      keeper = pid;
    },
  });
  const ready = await Promise.race([once(channel.stdout, 'data').then(() => true), channel.exited.then(() => false)]);
  if (!ready) return undefined;
  const inside = (argv: readonly string[]): readonly string[] => ['nsenter', `--net=/proc/${keeper}/ns/net`, ...argv];
  const host = {
    name: 'this machine',
    exec: (argv: readonly string[], options: object = {}) => run(inside(argv), options),
  };
  return {
    place: { open: (argv) => openHere(inside(argv)) },
    counters: () => readCounters(host, signal),
    async end() {
      channel.stdin.end();
      await channel.exited;
    },
  };
}
