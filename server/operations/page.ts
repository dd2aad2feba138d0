// Pages and the tokens between them. A token says where the last page ended and for which question (operation and
// filters) it was given; it is checked against the question it comes back with, so that a foreign one is refused.

import { createHash } from 'node:crypto';
import { Failure } from '../../protocol/errors.ts';

export const pageSize = 100;

/** Where a page ended: the sort keys of its last entry. */
export type Place = readonly (string | number)[];

/** The operation and every input that decides which entries there are. Absent and null members are the same. */
export type Question = readonly unknown[];

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Absent on the last page. */
  readonly nextToken?: string;
}

/** `rows` were asked for with a limit of `pageSize + 1`: the one too many says that there is another page. */
export function toPage<Row>(question: Question, rows: readonly Row[], placeOf: (row: Row) => Place): Page<Row> {
  if (rows.length <= pageSize) return { rows };
  const shown = rows.slice(0, pageSize);
  return { rows: shown, nextToken: writeToken(question, placeOf(shown[pageSize - 1]!)) };
}

/** The place a token stands for, or null where there is no token. Throws InvalidNextTokenException. */
export function readPlace(question: Question, token: string | undefined, length: number): Place | null {
  if (token === undefined || token === '') return null;
  const place = parsePlace(token);
  if (place === null || place.length !== length || writeToken(question, place) !== token) {
    throw new Failure('InvalidNextTokenException', 'The nextToken was not given for this question; leave it out to start from the first page.', 'nextToken');
  }
  return place;
}

/** The same for lists in order of one text. */
export function readNamePlace(question: Question, token: string | undefined): string | null {
  const place = readPlace(question, token, 1);
  return place === null ? null : String(place[0]);
}

function writeToken(question: Question, place: Place): string {
  const digest = createHash('sha256').update(JSON.stringify([question, place])).digest('base64url').slice(0, 16);
  return Buffer.from(JSON.stringify([digest, ...place])).toString('base64url');
}

function parsePlace(token: string): Place | null {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (!Array.isArray(parsed)) return null;
    const [, ...place] = parsed as unknown[];
    return place.every((key) => typeof key === 'string' || typeof key === 'number') ? place : null;
  } catch {
    return null;
  }
}
