// Reads the configuration file against its schema. What does not fit is said with the file, the key, and the key that was
// probably meant: whoever reads it has an editor open.

import { parseDocument } from 'yaml';
import type { Static, TObject, TSchema } from 'typebox';
import Value from 'typebox/value';
import { nearestWord } from '../protocol/nearest-word.ts';

/** The settings in a file's text. Throws an Error with a sentence. */
export function readSettings<S extends TObject>(schema: S, text: string, path: string): Static<S> {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw new Error(`${path} is not valid YAML: ${error.message.split('\n')[0]!.replace(/:$/, '')}.`);
  const value: unknown = document.toJS() ?? {};
  if (Value.Check(schema, value)) return value as Static<S>;
  if (!isMapping(value)) throw new Error(`${path} must hold keys with values, such as "listen: 127.0.0.1:4710".`);
  const stranger = findStranger(schema, value, '');
  if (stranger !== null) {
    const meant = nearestWord(stranger.key, stranger.known);
    const guess = meant === null ? '.' : `; did you mean "${meant}"?`;
    throw new Error(`${path}: there is no key "${stranger.at}"${guess} Known keys${stranger.within}: ${stranger.known.join(', ')}.`);
  }
  const first = Value.Errors(schema, value)[0];
  const key = (first?.instancePath ?? '').slice(1).replaceAll('/', '.');
  throw new Error(`${path}: ${key === '' ? 'it' : key} ${first?.message ?? 'does not fit'}.`);
}

interface Stranger {
  readonly key: string;
  /** Dotted, from the top. */
  readonly at: string;
  readonly within: string;
  readonly known: readonly string[];
}

function findStranger(schema: TSchema, value: unknown, at: string): Stranger | null {
  const { properties } = schema as { readonly properties?: Readonly<Record<string, TSchema>> };
  if (properties === undefined || !isMapping(value)) return null;
  for (const [key, given] of Object.entries(value)) {
    const path = at === '' ? key : `${at}.${key}`;
    const member = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (member === undefined) return { key, at: path, within: at === '' ? '' : ` of ${at}`, known: Object.keys(properties) };
    const found = findStranger(member, given, path);
    if (found !== null) return found;
  }
  return null;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
