/** Of the known names those that the user may have meant: same but for case, one inside the other, or few typos. */
function nearMisses(typed: string, known: readonly string[]): readonly string[] {
  const wanted = typed.toLowerCase();
  const near = known
    .map((name) => ({ name, distance: distanceTo(wanted, name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= mostTypos(Math.max(wanted.length, name.length)))
    .sort((a, b) => a.distance - b.distance);
  const least = near[0]?.distance ?? 0;
  return near.filter(({ distance }) => distance <= least + 1).map(({ name }) => name);
}

/** "did you mean …?", or what there is. */
export function suggestion(typed: string, known: readonly string[]): string {
  const near = nearMisses(typed, known);
  if (near.length > 0) return `did you mean ${near.slice(0, 5).join(', ')}?`;
  if (known.length === 0) return 'there is none';
  const rest = known.length > 20 ? `, … (${known.length} in all)` : '';
  return `known: ${[...known].sort().slice(0, 20).join(', ')}${rest}`;
}

/** Two letters swapped are two typos. */
function mostTypos(length: number): number {
  return length < 5 ? 1 : Math.max(2, length / 4);
}

function distanceTo(wanted: string, name: string): number {
  const [short, long] = wanted.length < name.length ? [wanted, name] : [name, wanted];
  return short.length >= 2 && long.includes(short) ? 0.5 : editDistance(wanted, name);
}

/** Levenshtein's distance, by Wagner and Fischer's table, one row at a time. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [row, left] of [...a].entries()) {
    const current = [row + 1];
    for (const [column, right] of [...b].entries()) {
      const replaced = (previous[column] ?? 0) + (left === right ? 0 : 1);
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
}
