// Many rows in one statement. A list of any length becomes lists of few lengths, so that the same statements come again and
// need not be prepared anew.

import { sql } from 'kysely';
import type { Database } from './store.ts';
import type { Tables } from './tables.ts';

/** SQLite takes 32,766 values in one statement. */
const mostAtOnce = 256;

/**
 * The list in pieces whose lengths are powers of two. Where the last piece is short its last item is repeated: use it only
 * where that changes nothing, as in a list of ids.
 */
export function inEvenPieces<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const pieces: Item[][] = [];
  for (let at = 0; at < items.length; at += mostAtOnce) {
    const piece = items.slice(at, at + mostAtOnce);
    const length = 2 ** Math.ceil(Math.log2(piece.length));
    while (piece.length < length) piece.push(piece.at(-1)!);
    pieces.push(piece);
  }
  return pieces;
}

/** The list in pieces whose lengths are powers of two, each item once: for rows to be written. */
export function inExactPieces<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const pieces: (readonly Item[])[] = [];
  for (let at = 0; at < items.length; at += pieces.at(-1)!.length) {
    const length = Math.min(mostAtOnce, 2 ** Math.floor(Math.log2(items.length - at)));
    pieces.push(items.slice(at, at + length));
  }
  return pieces;
}

export interface ManyRows<Table extends keyof Tables, Column extends keyof Tables[Table] & string> {
  readonly table: Table;
  /** Which columns say which row is meant. */
  readonly keys: readonly Column[];
  readonly set: readonly Column[];
  /** Of those named, the ones that are no text. */
  readonly numbers: readonly Column[];
  /** A column that is never set back: rows are left alone where it is not smaller than the new value. */
  readonly growing?: Column;
}

/** Sets columns of many rows, each to its own values; of two rows with the same key either may win. */
export async function updateRows<Table extends keyof Tables, Column extends keyof Tables[Table] & string>(
  tx: Database,
  { table, keys, set, numbers, growing }: ManyRows<Table, Column>,
  rows: readonly Pick<Tables[Table], Column>[],
): Promise<void> {
  const columns = [...keys, ...set];
  const given = (column: Column) => {
    const ref = sql.ref(`given.column${columns.indexOf(column) + 1}`);
    return numbers.includes(column) ? sql`cast(${ref} as bigint)` : ref;
  };
  const changes = sql.join(set.map((column) => sql`${sql.ref(column)} = ${given(column)}`));
  const matches = sql.join(keys.map((column) => sql`${sql.ref(`${table}.${column}`)} = ${given(column)}`), sql` and `);
  const grows = growing === undefined ? sql`` : sql` and ${sql.ref(`${table}.${growing}`)} < ${given(growing)}`;
  for (const piece of inEvenPieces(rows)) {
    const values = sql.join(piece.map((row) => sql`(${sql.join(columns.map((column) => row[column]))})`));
    await sql`update ${sql.table(table)} set ${changes} from (values ${values}) as given where ${matches}${grows}`.execute(tx);
  }
}
