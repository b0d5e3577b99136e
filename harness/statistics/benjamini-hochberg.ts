/**
 * Each p-value adjusted for being one of several: those that stay at or below a level are rejected, and of all that are
 * rejected at most that share is expected to be false; where no hypothesis is wrong, any rejection at all is that rare.
 * Null stays null: what was not tested is no part of the family.
 * Method: Benjamini & Hochberg, J. Royal Statistical Society B 57(1), 1995; adjusted values as Yekutieli & Benjamini,
 * J. Statistical Planning and Inference 82, 1999. Holds for independent tests and for ones that depend on each other in
 * the same direction (Benjamini & Yekutieli, Annals of Statistics 29(4), 2001).
 */
export function adjustedForMany(values: readonly (number | null)[]): (number | null)[] {
  const known = values.flatMap((p, place) => (p === null ? [] : [{ p, place }])).sort((a, b) => b.p - a.p);
  const adjusted = values.map((): number | null => null);
  let least = 1;
  for (const [i, { p, place }] of known.entries()) {
    least = Math.min(least, (p * known.length) / (known.length - i));
    adjusted[place] = least;
  }
  return adjusted;
}
