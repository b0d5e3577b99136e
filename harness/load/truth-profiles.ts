/** How the server of known times behaves, and what has to be said of a measurement of it. */
export interface Profile {
  readonly name: string;
  /** `right`: valid, with the true figures. `flagged`: the measurement must be called invalid or its failures told. */
  readonly wanted: 'right' | 'flagged';
  readonly method: 'GET' | 'POST';
  /** Words for the server. */
  readonly words: (load: { readonly ratePerSecond: number; readonly durationMs: number }) => readonly string[];
}

const STALL_MS = 2_000;

function profile(name: string, wanted: Profile['wanted'], words: Profile['words'] = () => []): Profile {
  return { name, wanted, method: 'POST', words: (load) => ['--profile', name, ...words(load)] };
}

export const profiles: readonly Profile[] = [
  profile('constant', 'right'),
  profile('lognormal', 'right'),
  profile('bimodal', 'right'),
  profile('stall', 'right', ({ durationMs }) => {
    return ['--stall', `${STALL_MS}ms`, '--stall-after', `${Math.max(0, Math.round((durationMs - STALL_MS) / 2))}ms`];
  }),
  profile('drift', 'right'),
  profile('drop', 'flagged'),
  // Half as many connections as the generator opens, whatever its rate.
  profile('slow-accept', 'flagged', ({ ratePerSecond }) => [
    '--accept-delay',
    `${Math.ceil(2_000_000 / ratePerSecond)}us`,
  ]),
  // Only what may be repeated is repeated silently.
  { ...profile('retry-bait', 'flagged'), method: 'GET' },
];

/** So many that not even the stall leaves the generator without one. */
export function virtualUsersFor(ratePerSecond: number): number {
  return Math.ceil((ratePerSecond * (STALL_MS + 500)) / 1000) + 20;
}
