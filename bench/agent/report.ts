// What the benchmark prints: a figure of ours beside its reference, both medians of runs made in turn, and their ratio.

export interface Row {
  readonly what: string;
  readonly ours: number;
  readonly reference: number | null;
  readonly unit: 'MB' | 'ms';
  readonly against: string;
  /** Largest ratio that the goals allow, in docs/performance.md; null where there is none. */
  readonly goal: string | null;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Runs both in turn, `times` times after one round to warm up, and returns the medians of what they return. */
export async function inTurn(times: number, ours: () => Promise<number>, reference: () => Promise<number>): Promise<{ readonly ours: number; readonly reference: number }> {
  const [a, b]: [number[], number[]] = [[], []];
  for (let round = 0; round <= times; round += 1) {
    const [one, other] = [await ours(), await reference()];
    if (round === 0) continue;
    a.push(one);
    b.push(other);
  }
  return { ours: median(a), reference: median(b) };
}

/** A Markdown table. */
export function renderTable(rows: readonly Row[]): string {
  const figure = (value: number, unit: string): string => `${value.toFixed(value < 100 ? 1 : 0)} ${unit}`;
  const lines = rows.map(({ what, ours, reference, unit, against, goal }) =>
    `| ${what} | ${figure(ours, unit)} | ${reference === null ? '' : figure(reference, unit)} | ${reference === null ? '' : `${(ours / reference).toFixed(2)} x`} | ${against} | ${goal ?? ''} |`,
  );
  return ['| what | agent | reference | ratio | reference is | goal |', '|---|---:|---:|---:|---|---|', ...lines, ''].join('\n');
}
