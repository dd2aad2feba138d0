// What a benchmark prints: a figure of ours beside its reference, taken in one run, and their ratio.

export interface Row {
  readonly what: string;
  readonly ours: number;
  readonly reference: number | null;
  readonly unit: 'MB' | 'KB' | 'ms' | 'µs' | '%' | '/s';
  readonly against: string;
  /** What the goals in docs/performance.md allow; null where there is none. */
  readonly goal: string | null;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Between the two nearest, where it lies between two. NaN for none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  const at = (sorted.length - 1) * q;
  const [below, above] = [sorted[Math.floor(at)] ?? NaN, sorted[Math.ceil(at)] ?? NaN];
  return below + (above - below) * (at - Math.floor(at));
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

/** A Markdown table; `whose` heads the column of our figures. */
export function renderTable(rows: readonly Row[], whose: string): string {
  const figure = (value: number, unit: string): string => `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)}${unit === '/s' || unit === '%' ? '' : ' '}${unit}`;
  const lines = rows.map(({ what, ours, reference, unit, against, goal }) =>
    `| ${what} | ${figure(ours, unit)} | ${reference === null ? '' : figure(reference, unit)} | ${reference === null ? '' : `${(ours / reference).toFixed(2)} x`} | ${against} | ${goal ?? ''} |`,
  );
  return [`| what | ${whose} | reference | ratio | reference is | goal |`, '|---|---:|---:|---:|---|---|', ...lines, ''].join('\n');
}
