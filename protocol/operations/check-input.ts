// Holds an input against an operation's schema and refuses it with the one catalogue error its reader can act on.
// The walk is our own rather than the schema library's because AWS errors depend on which member is wrong and how:
// `x-missing`, `x-too-many` and `x-invalid` ride on the schema, and the first member in the definition's order wins.
// It goes only as deep as the schema does, so a body nested a million deep costs nothing. null counts as absent.

import type { TSchema } from 'typebox';
import { Failure, type ErrorCode } from '../errors.ts';
import { deploymentIdPattern, namePattern, promotionIdPattern } from '../model/names.ts';
import type { OperationDefinition } from './operation.ts';

/** The keywords that inputs use. `test/protocol/operations/check-input.test.ts` fails when a definition uses another. */
interface Schema {
  readonly type?: 'object' | 'array' | 'string' | 'boolean' | 'integer' | 'number';
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  /** What is not known is trimmed all the same. */
  readonly additionalProperties?: false;
  readonly maxItems?: number;
  readonly enum?: readonly string[];
  readonly const?: string;
  /** Objects told apart by a member with a `const` each, or plain values told apart by their type. */
  readonly anyOf?: readonly Schema[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly 'x-missing'?: ErrorCode;
  readonly 'x-invalid'?: ErrorCode;
  readonly 'x-too-many'?: ErrorCode;
}

/** Where the walk stands, and what a violation here is called unless the schema knows a fitter name. */
interface Place {
  readonly path: string;
  readonly invalid: ErrorCode;
}

/**
 * Passes, or throws a Failure whose message is one sentence naming the member, its value and what is allowed:
 * the `x-missing` code for a required member that is absent, null or empty, or a list with an empty text in it; SerializationException for a wrong JSON
 * type; the nearest `x-invalid` (or `x-too-many`) for all else, ValidationException where there is none.
 * Members the definition does not know are ignored.
 */
export function checkInput(definition: OperationDefinition, input: unknown): void {
  if (!isObject(input)) {
    throw new Failure('SerializationException', `The input of ${definition.name} is ${kindOf(input)}, but must be a JSON object.`);
  }
  checkMembers(asSchema(definition.input), input, { path: '', invalid: 'ValidationException' });
}

/**
 * A copy of an input that passed `checkInput`, holding only the members the definition knows, and none that is null:
 * what a handler may take at its static type.
 */
export function knownMembers(definition: OperationDefinition, input: unknown): unknown {
  return trim(asSchema(definition.input), input);
}

/**
 * Path of the first member that the definition does not have, or null. AWS clients may send what we do not know; on our
 * own face an unknown member is a slip of the pen, and what it meant to say would silently not happen.
 */
export function unknownMember(definition: OperationDefinition, input: unknown): string | null {
  return findUnknown(asSchema(definition.input), input, '');
}

function findUnknown(schema: Schema, value: unknown, path: string): string | null {
  if (schema.anyOf !== undefined) return findUnknown(branchFor(schema.anyOf, value) ?? {}, value, path);
  if (schema.items !== undefined && Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const found = findUnknown(schema.items, item, `${path}[${index}]`);
      if (found !== null) return found;
    }
    return null;
  }
  if (!isObject(value) || schema.properties === undefined) return null;
  for (const [name, given] of Object.entries(value)) {
    const at = path === '' ? name : `${path}.${name}`;
    const member = Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
    const found = member === undefined ? at : findUnknown(member, given, at);
    if (found !== null) return found;
  }
  return null;
}

function trim(schema: Schema, value: unknown): unknown {
  if (schema.anyOf !== undefined) return trim(branchFor(schema.anyOf, value) ?? {}, value);
  if (schema.items !== undefined && Array.isArray(value)) {
    const items = schema.items;
    return value.map((item) => trim(items, item));
  }
  if (!isObject(value)) return value;
  if (schema.properties !== undefined) {
    const known: [string, unknown][] = [];
    for (const [name, member] of Object.entries(schema.properties)) {
      const given = memberOf(value, name);
      if (given !== undefined) known.push([name, trim(member, given)]);
    }
    return Object.fromEntries(known);
  }
  const ofAll = anyNameSchema(schema);
  if (ofAll === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([, given]) => given !== null).map(([name, given]) => [name, trim(ofAll, given)]));
}

function checkMembers(schema: Schema, value: Readonly<Record<string, unknown>>, place: Place): void {
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    const given = memberOf(value, name);
    const at = { path: place.path === '' ? name : `${place.path}.${name}`, invalid: member['x-invalid'] ?? place.invalid };
    const missing = member['x-missing'];
    if (missing !== undefined && (given === undefined || isEmpty(member, given))) {
      throw new Failure(missing, `${at.path} is required, but is ${given === undefined ? 'missing' : 'empty'}.`, at.path);
    }
    if (given !== undefined) checkValue(member, given, at);
    else if (schema.required?.includes(name) === true) throw new Failure(at.invalid, `${at.path} is required, but is missing.`, at.path);
  }
  const ofAll = anyNameSchema(schema);
  if (ofAll === null) return;
  for (const [name, given] of Object.entries(value)) {
    if (given === null) continue;
    checkValue(ofAll, given, { path: `${place.path}[${quote(name)}]`, invalid: ofAll['x-invalid'] ?? place.invalid });
  }
}

function checkValue(schema: Schema, value: unknown, place: Place): void {
  if (schema.anyOf !== undefined) return checkUnion(schema.anyOf, value, place);
  switch (schema.type) {
    case 'object':
      if (!isObject(value)) throw wrongType(place, value, 'an object');
      checkMembers(schema, value, place);
      return;
    case 'array':
      if (!Array.isArray(value)) throw wrongType(place, value, 'a list');
      checkItems(schema, value, place);
      return;
    case 'string':
      if (typeof value !== 'string') throw wrongType(place, value, 'a string');
      checkText(schema, value, place);
      return;
    case 'boolean':
      if (typeof value !== 'boolean') throw wrongType(place, value, 'true or false');
      return;
    case 'integer':
    case 'number':
      // JSON has no infinity, but JSON.parse makes one of 1e999.
      if (typeof value !== 'number' || !Number.isFinite(value)) throw wrongType(place, value, 'a number');
      checkNumber(schema, value, place);
      return;
    case undefined:
      return;
  }
}

function checkUnion(branches: readonly Schema[], value: unknown, place: Place): void {
  const branch = branchFor(branches, value);
  if (branch !== null) return checkValue(branch, value, place);
  const told = branches.flatMap(({ properties = {} }) => Object.entries(properties).filter(([, member]) => member.const !== undefined));
  const [name] = told[0] ?? [];
  if (name === undefined) throw wrongType(place, value, branches.map(({ type }) => typeWords[type ?? 'object']).join(' or '));
  if (!isObject(value)) throw wrongType(place, value, 'an object');
  const at = { ...place, path: `${place.path}.${name}` };
  const given = memberOf(value, name);
  const allowed = `one of ${told.map(([, member]) => member.const).join(', ')}`;
  if (given === undefined) throw new Failure(at.invalid, `${at.path} is required, but is missing; it must be ${allowed}.`, at.path);
  throw typeof given === 'string' ? notAllowed(at, given, allowed) : wrongType(at, given, 'a string');
}

const typeWords = { object: 'an object', array: 'a list', string: 'a string', boolean: 'true or false', integer: 'a number', number: 'a number' } as const;

/** The branch of a union that a value means to be, or null. */
function branchFor(branches: readonly Schema[], value: unknown): Schema | null {
  const isMeant = ({ type, properties = {} }: Schema): boolean => {
    if (!isObject(value)) return type === typeof value;
    return type === 'object' && Object.entries(properties).every(([name, member]) => member.const === undefined || memberOf(value, name) === member.const);
  };
  return branches.find(isMeant) ?? null;
}

function checkItems(schema: Schema, list: readonly unknown[], place: Place): void {
  if (schema.maxItems !== undefined && list.length > schema.maxItems) {
    throw new Failure(schema['x-too-many'] ?? place.invalid, `${place.path} has ${list.length} entries, but at most ${schema.maxItems} are allowed.`, place.path);
  }
  const items = schema.items;
  if (items === undefined) return;
  const missing = schema['x-missing'];
  list.forEach((item, index) => {
    if (missing !== undefined && items.type === 'string' && item === '') throw new Failure(missing, `${place.path}[${index}] is required, but is empty.`, place.path);
    checkValue(items, item, { path: `${place.path}[${index}]`, invalid: items['x-invalid'] ?? place.invalid });
  });
}

function checkText(schema: Schema, text: string, place: Place): void {
  if (schema.const !== undefined && text !== schema.const) throw notAllowed(place, text, schema.const);
  if (schema.enum !== undefined && !schema.enum.includes(text)) throw notAllowed(place, text, `one of ${schema.enum.join(', ')}`);
  if (text.includes('\u0000')) throw notAllowed(place, text, 'free of NUL characters');
  if (schema.minLength !== undefined && text.length < schema.minLength) throw notAllowed(place, text, `at least ${schema.minLength} characters long`);
  if (schema.maxLength !== undefined && isLongerThan(text, schema.maxLength)) {
    throw notAllowed(place, text, `at most ${schema.maxLength} characters long`);
  }
  if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(text)) {
    throw notAllowed(place, text, patternWords[schema.pattern] ?? `something that matches ${schema.pattern}`);
  }
}

function checkNumber(schema: Schema, value: number, place: Place): void {
  if (schema.type === 'integer' && !Number.isInteger(value)) throw notAllowed(place, value, 'a whole number');
  // Larger ones cannot be told from their neighbours, nor be stored.
  if (schema.type === 'integer' && !Number.isSafeInteger(value)) throw notAllowed(place, value, `between -${Number.MAX_SAFE_INTEGER} and ${Number.MAX_SAFE_INTEGER}`);
  if (schema.minimum !== undefined && value < schema.minimum) throw notAllowed(place, value, `at least ${schema.minimum}`);
  if (schema.maximum !== undefined && value > schema.maximum) throw notAllowed(place, value, `at most ${schema.maximum}`);
}

const patternWords: Readonly<Record<string, string>> = {
  [namePattern]: '1 to 100 letters, digits and . _ + = , @ -',
  [deploymentIdPattern]: 'd- and nine capital letters or digits',
  [promotionIdPattern]: 'p- and nine capital letters or digits',
};

function wrongType(place: Place, value: unknown, allowed: string): Failure {
  return new Failure('SerializationException', `${place.path} is ${kindOf(value)}, but must be ${allowed}.`, place.path);
}

function notAllowed(place: Place, value: string | number, allowed: string): Failure {
  return new Failure(place.invalid, `${place.path} is ${typeof value === 'string' ? quote(value) : value}, but must be ${allowed}.`, place.path);
}

/** The schema of a map's values; null where the schema is no map. Maps here allow any name. */
function anyNameSchema(schema: Schema): Schema | null {
  return Object.values(schema.patternProperties ?? {})[0] ?? null;
}

/** An own member, with null read as absent. */
function memberOf(value: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(value, name) ? (value[name] ?? undefined) : undefined;
}

function isEmpty(schema: Schema, value: unknown): boolean {
  return schema.type === 'string' ? value === '' : schema.type === 'array' && Array.isArray(value) && value.length === 0;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Counts characters, not UTF-16 units, and never more of them than it takes. */
function isLongerThan(text: string, limit: number): boolean {
  return text.length > limit && (text.length > 2 * limit || [...text].length > limit);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return `the string ${quote(value)}`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'object' ? 'an object' : 'nothing';
}

const shownCharacters = 60;

/** In quotes, shortened, and with nothing in it that could break a line or reorder a terminal's text. */
function quote(text: string): string {
  const shown = text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text;
  return JSON.stringify(shown).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`);
}

/** typebox types a schema's keywords one kind at a time; here they are read as the plain JSON Schema they are. */
function asSchema(schema: TSchema): Schema {
  return schema as Schema;
}
