/** Where in the whole run a block belongs. */
export interface Place {
  readonly block: number;
  readonly repetition: number;
}

interface Lane {
  /** From 0. */
  readonly lane: number;
  readonly lanes: number;
  /** Whose blocks alternate on this lane. */
  readonly platforms: number;
}

/**
 * Each scenario counts its blocks on one lane from 0, and a repetition has one block of every platform; the run numbers
 * both over all scenarios and lanes, so that no two deployments have the same number, and blocks of different platforms
 * have the same repetition exactly where they were measured next to each other.
 */
export function blockNumbers({ lane, lanes, platforms }: Lane): {
  /** From here on blocks are those of another scenario. */
  nextScenario(): void;
  of(block: number): Place;
} {
  let first = 0;
  let next = 0;
  return {
    nextScenario() {
      first = next;
    },
    of(block) {
      const repetition = first + Math.floor(block / platforms);
      next = Math.max(next, repetition + 1);
      const number = first * platforms + block;
      return { block: number * lanes + lane, repetition: repetition * lanes + lane };
    },
  };
}
