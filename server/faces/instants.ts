// Instants in each face's spelling. Schemas mark them; `respellInstants` walks objects and lists. Unions of objects are
// laid together first, since it does not look into them and `Waiting` is one.

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
    respellInstants(withoutUnions(schema), input, (value) => fromIso(value) ?? refuse('ValidationException', 'as ISO 8601 with a zone: 2026-01-31T12:00:00Z', value)),
  outward: (schema, output) => respellInstants(withoutUnions(schema), output, (value) => toIso(value as number)),
};

/** AWS JSON: seconds since 1970, with a fraction, both ways; ISO 8601 is understood as well. */
export const epochSpelling: Spelling = {
  inward: (schema, input) =>
    respellInstants(withoutUnions(schema), input, (value) => fromSeconds(value) ?? fromIso(value) ?? refuse('SerializationException', 'as seconds since 1970', value)),
  outward: (schema, output) => respellInstants(withoutUnions(schema), output, (value) => toEpochSeconds(value as number)),
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

const simplified = new WeakMap<TSchema, TSchema>();

/** The schema with every union of objects as one object that has the members of all branches. */
function withoutUnions(schema: TSchema): TSchema {
  const known = simplified.get(schema);
  if (known !== undefined) return known;
  const made = simplify(schema as unknown as Shape) as unknown as TSchema;
  simplified.set(schema, made);
  return made;
}

interface Shape {
  readonly anyOf?: readonly Shape[];
  readonly items?: Shape;
  readonly properties?: Readonly<Record<string, Shape>>;
}

function simplify(shape: Shape): Shape {
  if (shape.anyOf !== undefined) return simplify({ properties: Object.assign({}, ...shape.anyOf.map((branch) => branch.properties ?? {})) as Record<string, Shape> });
  return {
    ...shape,
    ...(shape.items === undefined ? {} : { items: simplify(shape.items) }),
    ...(shape.properties === undefined
      ? {}
      : { properties: Object.fromEntries(Object.entries(shape.properties).map(([name, member]) => [name, simplify(member)])) }),
  };
}
