/** Something that points at the rate that is looked for. */
export interface Clue {
  readonly ratePerSecond: number;
  /** By about this factor, as a natural logarithm, it may be wrong either way. */
  readonly spread: number;
}

/** A clue may be wrong by much more than it says: so much of the belief lies around it as widely as that. */
const FAR_SPREAD = 0.25;
const FAR_WEIGHT = 0.35;
/** And so much anywhere, on the logarithmic scale. */
const ANYWHERE_WEIGHT = 0.05;
const HALVINGS = 40;

/**
 * The rate below which the limit lies with this probability, if it lies between both: by a mixture of logistic
 * distributions of the logarithm, two around each clue, and an even one. With 0.5 what is measured there tells most.
 * Method: bisection by the posterior, M. Horstein, "Sequential transmission using noiseless feedback", IEEE Transactions on
 * Information Theory 9(3), 1963; with wide tails, so that a clue that is wrong costs a few steps and no more.
 *
 * @param clues at least one
 */
export function quantileBetween(clues: readonly Clue[], low: number, high: number, probability: number): number {
  const [least, most] = [Math.log(low), Math.log(high)];
  const believed = (at: number): number => believedBelow(clues, at) + (ANYWHERE_WEIGHT * (at - least)) / (most - least);
  const aim = believed(least) + probability * (believed(most) - believed(least));
  let [from, to] = [least, most];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (from + to) / 2;
    if (believed(middle) < aim) from = middle;
    else to = middle;
  }
  return Math.exp((from + to) / 2);
}

function believedBelow(clues: readonly Clue[], at: number): number {
  const each = clues.map(({ ratePerSecond, spread }) => {
    const off = at - Math.log(ratePerSecond);
    const near = logistic(off / spread);
    return (1 - FAR_WEIGHT) * near + FAR_WEIGHT * logistic(off / Math.max(FAR_SPREAD, spread));
  });
  return ((1 - ANYWHERE_WEIGHT) * each.reduce((sum, it) => sum + it, 0)) / clues.length;
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
