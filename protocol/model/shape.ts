// Small makers for schema values. Two annotations ride on a schema and say which catalogue error a violation is:
// `x-missing` when the member is absent or empty, `x-invalid` when it is there and wrong. Faces and CLI read them.

import Type, { type Static, type TSchema } from 'typebox';
import type { ErrorCode } from '../errors.ts';

/** One of a closed list of words. */
export function word<const Words extends string[]>(words: [...Words], invalid?: ErrorCode) {
  return Type.Enum(words, { type: 'string', ...(invalid === undefined ? {} : { 'x-invalid': invalid }) });
}

/** The same schema, whose absence (or emptiness) is the error `missing`. */
export function required<S extends TSchema>(missing: ErrorCode, schema: S): S {
  return { ...schema, 'x-missing': missing };
}

/** A list schema with an upper bound, whose violation is the error `tooMany`. */
export function atMost<S extends TSchema>(count: number, tooMany: ErrorCode, schema: S): S {
  return { ...schema, maxItems: count, 'x-too-many': tooMany };
}

export type Of<S extends TSchema> = Static<S>;
