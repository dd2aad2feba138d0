// The query string, read once for both its readers: the signature's canonical form and the input of an operation. They
// must agree on what a plus sign means, or a signed query could be made to say something else.

import type { TSchema } from 'typebox';
import { Failure } from '../../protocol/errors.ts';
import { parseJson } from './body.ts';

export type QueryPairs = readonly (readonly [name: string, value: string])[];

/** Decoded names and values in order; `+` is a space. Throws Failure for a broken percent-encoding. */
export function parseQuery(query: string): QueryPairs {
  return query
    .split('&')
    .filter((piece) => piece !== '')
    .map((piece) => {
      const equals = piece.indexOf('=');
      return equals === -1 ? ([decode(piece), ''] as const) : ([decode(piece.slice(0, equals)), decode(piece.slice(equals + 1))] as const);
    });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new Failure('ValidationException', `The query has a broken percent-encoding: ${text.slice(0, 60)}`);
  }
}

/**
 * The members that a query gives for `schema`. A list is the same name repeated (commas may occur in names, so they
 * split nothing); booleans and numbers are read by the schema; an object is JSON text. What does not read as its type
 * stays text, so that the operation's own check names the member and the error. Throws Failure.
 */
export function inputFromQuery(schema: TSchema, pairs: QueryPairs): Record<string, unknown> {
  const properties = (schema as { properties?: Record<string, TSchema> }).properties ?? {};
  const values = new Map<string, string[]>();
  for (const [name, value] of pairs) values.set(name, [...(values.get(name) ?? []), value]);
  return Object.fromEntries(
    [...values].map(([name, given]) => {
      const member = Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (member === undefined) return [name, given.length === 1 ? given[0] : given];
      const items = (member as { items?: TSchema }).items;
      if (items !== undefined) return [name, given.map((value) => readValue(items, value, name))];
      if (given.length > 1) throw new Failure('ValidationException', `${name} is given ${given.length} times in the query; give it once.`, name);
      return [name, readValue(member, given[0]!, name)];
    }),
  );
}

function readValue(schema: TSchema, value: string, name: string): unknown {
  const { type, 'x-instant': isInstant } = schema as { type?: unknown; 'x-instant'?: unknown };
  if (isInstant === true) return value;
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  if ((type === 'integer' || type === 'number') && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  if (type === 'object' || type === 'array') return parseJson(new TextEncoder().encode(value), 'ValidationException', name);
  return value;
}
