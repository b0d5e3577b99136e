interface ProfileLoad {
  readonly ratePerSecond: number;
  readonly durationMs: number;
  readonly warmUpMs: number;
}

/** How the server of known times behaves, and what has to be said of a measurement of it. */
export interface Profile {
  readonly name: string;
  /** `right`: valid, with the true figures. `flagged`: the measurement must be called invalid or its failures told. */
  readonly wanted: 'right' | 'flagged';
  readonly method: 'GET' | 'POST';
  /** Words for the server. */
  readonly words: (load: ProfileLoad) => readonly string[];
  /** The gate that has to be among the reasons why it is flagged; undefined takes any. */
  readonly because?: string;
  /** It shows in less than a measurement takes. */
  readonly atMostMs?: number;
}

const STALL_MS = 2_000;
const LONGEST_STALL_MS = 3_000;
const BRIEF_MS = 5_000;

function profile(name: string, wanted: Profile['wanted'], words: Profile['words'] = () => []): Profile {
  return { name, wanted, method: 'POST', words: (load) => ['--profile', name, ...words(load)] };
}

export const profiles: readonly Profile[] = [
  profile('constant', 'right'),
  profile('lognormal', 'right'),
  profile('bimodal', 'right'),
  // A stall alone is no drift.
  profile('stall', 'right', ({ durationMs, warmUpMs }) =>
    stallWords(STALL_MS, warmUpMs + Math.max(0, Math.round((durationMs - STALL_MS) / 2))),
  ),
  { ...profile('drift', 'flagged'), because: 'steady' },
  { ...profile('drop', 'flagged'), atMostMs: BRIEF_MS },
  // Half as many connections as the generator opens, whatever its rate.
  {
    ...profile('slow-accept', 'flagged', ({ ratePerSecond }) => [
      '--accept-delay',
      `${Math.ceil(2_000_000 / ratePerSecond)}us`,
    ]),
    atMostMs: BRIEF_MS,
  },
  // Only what may be repeated is repeated silently.
  { ...profile('retry-bait', 'flagged'), method: 'GET', atMostMs: BRIEF_MS },
];

/** A server that answers at once except that it stands still once. */
export function stallProfile(stallMs: number, afterMs: number): Profile {
  const name = `stall of ${stallMs} ms after ${afterMs} ms`;
  return { ...profile('stall', 'right', () => stallWords(stallMs, afterMs)), name };
}

/** @param afterMs the first request of all, the warm-up's */
function stallWords(stallMs: number, afterMs: number): readonly string[] {
  return ['--stall', `${stallMs}ms`, '--stall-after', `${afterMs}ms`];
}

/** So many that not even the longest stall leaves the generator without one. */
export function virtualUsersFor(ratePerSecond: number): number {
  return Math.ceil((ratePerSecond * (LONGEST_STALL_MS + 500)) / 1000) + 20;
}
