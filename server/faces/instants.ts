// Instants in each face's spelling. Schemas mark them; `respellInstants` finds them.

import type { TSchema } from 'typebox';
import { type ErrorCode, Failure } from '../../protocol/errors.ts';
import { respellInstants, toEpochSeconds, toIso } from '../../protocol/model/timestamp.ts';

/** The furthest a JavaScript date reaches, in epoch milliseconds. */
const furthest = 8.64e15;

export interface Spelling {
  /** A copy of an operation's input with its instants in epoch milliseconds. Throws Failure for what is no instant. */
  inward(schema: TSchema, input: unknown): unknown;
  /** A copy of an operation's output with its instants in this face's spelling. */
  outward(schema: TSchema, output: unknown): unknown;
}

/** REST: ISO 8601 with a zone, both ways. */
export const isoSpelling: Spelling = {
  inward: (schema, input) =>
    respellInstants(schema, input, (value) => fromIso(value) ?? refuse('ValidationException', 'as ISO 8601 with a zone: 2026-01-31T12:00:00Z', value)),
  outward: (schema, output) => respellInstants(schema, output, (value) => toIso(value as number)),
};

/** AWS JSON: seconds since 1970, with a fraction, both ways; ISO 8601 is understood as well. */
export const epochSpelling: Spelling = {
  inward: (schema, input) =>
    respellInstants(schema, input, (value) => fromSeconds(value) ?? fromIso(value) ?? refuse('SerializationException', 'as seconds since 1970', value)),
  outward: (schema, output) => respellInstants(schema, output, (value) => toEpochSeconds(value as number)),
};

function fromIso(value: unknown): number | null {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/.test(value)) return null;
  const instant = Date.parse(value);
  return Number.isNaN(instant) ? null : instant;
}

function fromSeconds(value: unknown): number | null {
  if (typeof value !== 'number') return null;
  const instant = Math.round(value * 1000);
  return Math.abs(instant) <= furthest ? instant : null;
}

function refuse(code: ErrorCode, how: string, value: unknown): never {
  throw new Failure(code, `An instant must be written ${how}; got ${String(JSON.stringify(value)).slice(0, 60)}`);
}
