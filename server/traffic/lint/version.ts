// Versions such as 2.6.12, 1.27.4 or 3.5-dev5, by their numbers.

/** Null for what is no version. */
export function isAtLeast(version: string, least: string): boolean | null {
  const [a, b] = [numbersOf(version), numbersOf(least)];
  if (a === null || b === null) return null;
  for (let index = 0; index < b.length; index += 1) {
    const difference = (a[index] ?? 0) - b[index]!;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function numbersOf(version: string): readonly number[] | null {
  const match = /^[vV]?(\d+(?:\.\d+)*)/.exec(version);
  return match === null ? null : match[1]!.split('.').map(Number);
}
