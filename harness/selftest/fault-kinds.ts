import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { openHere } from '../core/here.ts';
import { repositoryRoot } from '../core/paths.ts';
import { type Random, seededRandom } from '../core/random.ts';
import type { CalibrationOptions } from '../load/calibrate.ts';
import { k6Load } from '../load/k6/run.ts';
import type { GeneratorPlace, Load } from '../load/load.ts';
import type { K6Program } from '../planning/users-k6.ts';
import type { CalibrationRow } from '../runs/schema.ts';
import { lossyNetwork } from './lossy-network.ts';
import { replayedSpells, withSteal } from './recorded-steal.ts';
import { type Spell, standingStill } from './standing-still.ts';
import { steppedClock } from './stepped-clock.ts';

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

const SCRIPTS = join(repositoryRoot, 'scenarios/k6');
/** A busy process ends by itself when nobody has ended it. */
const HOG_SECONDS = 60;
/** Steps of the clock are from 1 ms to 5 s, small ones as likely as large ones. */
const SMALLEST_STEP_NS = 1e6;
const LARGEST_STEP = 5_000;

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
    run: (options, { k6, random, signal }, calibrateOne) =>
      calibrateOne({ ...options, load: loadFrom(standingStill(spellsNowAndThen(random), signal), k6) }),
  },
  {
    name: 'recorded steal',
    target: 'constant',
    run(options, { k6, random, signal }, calibrateOne) {
      let takenNs = 0;
      const place = standingStill(replayedSpells(random), signal, (lastedNs) => {
        takenNs += lastedNs;
      });
      const counters = async () => withSteal(await options.counters(), takenNs);
      return calibrateOne({ ...options, counters, load: loadFrom(place, k6) });
    },
  },
  {
    name: 'clock step',
    target: 'constant',
    run(options, { k6, random }, calibrateOne) {
      const sizeNs = SMALLEST_STEP_NS * LARGEST_STEP ** random();
      const { place, offsetNs } = steppedClock(random() < 0.5 ? -sizeNs : sizeNs, random() * options.durationMs * 1e6);
      return calibrateOne({ ...options, clock: offsetNs, load: loadFrom(place, k6) });
    },
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

/** For up to a fifth of a second, about twice a second. */
function* spellsNowAndThen(random: Random): Generator<Spell> {
  const longestMs = 20 + random() * 180;
  // How many there are depends on how long the run takes, which is not to change the cases after this one.
  const own = seededRandom(Math.floor(random() * 2 ** 32));
  for (;;) yield [300 + own() * 300, longestMs * own()];
}
