// Rows as text: columns padded to their widest cell, two spaces between, no lines drawn, so that `cut` and `awk` work too.

import { printable } from './printable.ts';

/** Lines of a table with a heading; none at all when there are no rows. */
export function tableLines(heading: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [];
  const cells = [heading, ...rows].map((row) => row.map((cell) => (cell === '' ? '-' : printable(cell))));
  const widths = heading.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  return cells.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd());
}

/** `name  value` lines of one thing; members without a value are left out. */
export function factLines(facts: readonly (readonly [name: string, value: string | undefined])[]): readonly string[] {
  const known = facts.filter((fact): fact is readonly [string, string] => fact[1] !== undefined && fact[1] !== '');
  const width = Math.max(0, ...known.map(([name]) => name.length));
  return known.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}`);
}

/** An instant as people and programs both read it: 2026-11-22 17:05:12Z. Empty for none. */
export function instantWords(instant: number | undefined): string {
  return instant === undefined ? '' : new Date(instant).toISOString().replace('T', ' ').replace(/\.\d+Z$/, 'Z');
}
