// Which known word a misspelt one was probably meant to be, for refusals that name it. Pure.

/** The known word nearest to `word`; null when none is near enough to be meant. */
export function nearestWord(word: string, known: readonly string[]): string | null {
  const [best] = known.map((candidate) => ({ candidate, distance: distance(fold(word), fold(candidate)) })).toSorted((a, b) => a.distance - b.distance);
  return best === undefined || best.distance > Math.max(1, Math.floor(word.length / 3)) ? null : best.candidate;
}

/** `-` and `_` and letter case are confused first of all. */
function fold(word: string): string {
  return word.slice(0, 64).toLowerCase().replaceAll('_', '-');
}

/** Letters put in, left out, exchanged or swapped with their neighbour, at the least. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? rows[i - 2]![j - 2]! + 1 : Infinity;
      row.push(Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, change, swap));
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
