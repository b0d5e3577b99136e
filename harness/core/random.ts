/** A source of numbers in [0, 1). */
export type Random = () => number;

const MASK_64 = (1n << 64n) - 1n;

/**
 * SplitMix64 (Steele, Lea & Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014). Stretches one seed
 * into the state of another generator, as Blackman & Vigna recommend for the xoshiro family.
 */
export function splitMix64(seed: bigint): () => bigint {
  let state = seed & MASK_64;
  return () => {
    state = (state + 0x9e3779b97f4a7c15n) & MASK_64;
    let z = state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK_64;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK_64;
    return z ^ (z >> 31n);
  };
}

/**
 * xoshiro128** 1.1 (Blackman & Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47(4), 2021).
 * Returns whole numbers in 0…2³²−1. The state must not be all zeros.
 */
export function xoshiro128StarStar(state: readonly [number, number, number, number]): () => number {
  let [a, b, c, d] = state.map((word) => word >>> 0) as [number, number, number, number];
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result;
  };
}

/**
 * The random source of a run: xoshiro128**, its state filled from `seed` by SplitMix64. Equal seeds give equal
 * sequences on every machine. Resolution 2⁻³²: enough for orders and jitter, not for secrets.
 *
 * @param seed a whole number from 0 to 2⁵³−1
 */
export function seededRandom(seed: number): Random {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`a seed is a whole number from 0, not ${seed}`);
  const fill = splitMix64(BigInt(seed));
  const [first, second] = [fill(), fill()];
  const words = [first & 0xffffffffn, first >> 32n, second & 0xffffffffn, second >> 32n].map(Number);
  const next = xoshiro128StarStar([words[0] ?? 1, words[1] ?? 0, words[2] ?? 0, words[3] ?? 0]);
  return () => next() / 2 ** 32;
}

/** A copy of `items` in random order: Fisher–Yates in Durstenfeld's form (CACM 7(7), 1964, algorithm 235). */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const rest = [...items];
  const order: T[] = [];
  while (rest.length > 0) order.push(...rest.splice(Math.floor(random() * rest.length), 1));
  return order;
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
