import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openHere } from '../../core/here.ts';
import type { Random } from '../../core/random.ts';
import type { CalibrationOptions } from '../../load/calibrate.ts';
import { k6Load } from '../../load/k6/run.ts';
import type { GeneratorPlace, Load } from '../../load/load.ts';
import type { CalibrationRow } from '../../runs/schema.ts';
import type { K6Program } from '../generator.ts';
import { lossyNetwork } from './lossy-network.ts';

interface FaultWork {
  readonly k6: K6Program;
  /** How bad it is, each time anew. */
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** One way to make a measurement wrong; its row is undefined where this machine cannot do it. */
export interface Fault {
  readonly name: string;
  readonly target: 'constant' | 'stall' | 'closing-get';
  run(
    options: CalibrationOptions,
    work: FaultWork,
    calibrateOne: (options: CalibrationOptions) => Promise<CalibrationRow>,
  ): Promise<CalibrationRow | undefined>;
}

const SCRIPTS = resolve(import.meta.dirname, '../../..', 'scenarios/k6');
/** A busy process ends by itself when nobody has ended it. */
const HOG_SECONDS = 60;

export const faults: readonly Fault[] = [
  {
    name: 'few virtual users',
    target: 'stall',
    run: (options, { random }, calibrateOne) =>
      calibrateOne({ ...options, virtualUsers: 4 + Math.floor(random() * 60) }),
  },
  {
    name: 'busy processor',
    target: 'constant',
    async run(options, { k6, random }, calibrateOne) {
      const niceness = String(5 + Math.floor(random() * 15));
      const load = loadFrom({ open: (argv) => openHere(['nice', '-n', niceness, ...argv]) }, k6);
      const end = busyProcesses(2 + Math.floor(random() * 5));
      try {
        return await calibrateOne({ ...options, load });
      } finally {
        end();
      }
    },
  },
  {
    name: 'processor taken away',
    target: 'constant',
    run: (options, work, calibrateOne) =>
      calibrateOne({ ...options, load: loadFrom(stoppedNowAndThen(work), work.k6) }),
  },
  {
    name: 'lost packets',
    target: 'constant',
    async run(options, { k6, random, signal }, calibrateOne) {
      const network = await lossyNetwork(0.005 + random() * 0.03, signal);
      if (network === undefined) return undefined;
      try {
        const { place, counters } = network;
        return await calibrateOne({ ...options, place, counters, load: loadFrom(place, k6) });
      } finally {
        await network.end();
      }
    },
  },
  {
    name: 'server closes connections',
    target: 'closing-get',
    run: (options, _work, calibrateOne) => calibrateOne(options),
  },
];

function loadFrom(place: GeneratorPlace, { path, version }: K6Program): Load {
  return k6Load({ place, program: path, scripts: SCRIPTS, version });
}

/** Ended by their own ids. */
function busyProcesses(count: number): () => void {
  const busy = ['timeout', String(HOG_SECONDS), 'sh', '-c', 'while :; do :; done'];
  const children = Array.from({ length: count }, () => spawn(busy[0] ?? '', busy.slice(1), { stdio: 'ignore' }));
  return () => {
    for (const child of children) child.kill('SIGTERM');
  };
}

/** The generator stands still for a while again and again, as on a hypervisor that gives its processor to others. */
function stoppedNowAndThen({ random, signal }: FaultWork): GeneratorPlace {
  const shareMs = 20 + random() * 180;
  return {
    open(argv) {
      let running = true;
      const channel = openHere(argv, { ownGroup: true, onStart: (pid) => void stopAgainAndAgain(pid) });
      void channel.exited.then(() => {
        running = false;
      });
      async function stopAgainAndAgain(pid: number): Promise<void> {
        while (running && !signal.aborted) {
          await sleep(300 + random() * 300);
          kill(pid, 'SIGSTOP');
          await sleep(shareMs * random());
          kill(pid, 'SIGCONT');
        }
      }
      const kill = (pid: number, name: NodeJS.Signals): void => {
        try {
          if (running) process.kill(-pid, name);
        } catch {
          // It has ended meanwhile.
        }
      };
      return channel;
    },
  };
}
