// Hostile YAML to values with line numbers, in bounded time and memory. The library is driven step by step so that
// size, nesting and the number of pieces are refused before it does any expensive work; the meaning of scalars is ours
// (see ./ruby-scalar.ts), since no schema of the library has Ruby's rules.

import { Buffer } from 'node:buffer';
import { Composer, isAlias, isCollection, isMap, isScalar, isSeq, Lexer, Parser } from 'yaml';
import type { Document, ParsedNode, Scalar } from 'yaml';
import { escapeText } from './complaints.ts';
import { firstDocument } from './first-document.ts';
import { readPlainScalar } from './ruby-scalar.ts';
import type { RubyScalar } from './ruby-scalar.ts';
import { entryKey, textOf } from './spec-value.ts';
import type { Entry, MappingNode, SpecNode } from './spec-value.ts';

export interface YamlTrouble {
  readonly line: number | null;
  readonly sentence: string;
}

export type YamlReading =
  | { readonly kind: 'read'; readonly root: SpecNode; readonly remarks: readonly YamlTrouble[] }
  | { readonly kind: 'empty' }
  | { readonly kind: 'refused'; readonly trouble: YamlTrouble };

const deepestNesting = 64;
/** Lexical pieces; 10,000 files and 1,000 scripts for each of nine events need some 450,000. */
const mostPieces = 500_000;
/** A text may hold a broken piece per byte, and each costs the library an Error. */
const mostBrokenPieces = 20;
const mostRemarks = 50;
/** What the library's lexer puts before the text of a scalar, which may begin with any character. */
const scalarFollows = '\u001f';

/** Reads the first document of `text`. Never throws. */
export function readYaml(text: string, maxBytes: number): YamlReading {
  if (text.length > maxBytes || Buffer.byteLength(text) > maxBytes) {
    return refuse(null, `The AppSpec is larger than ${maxBytes} bytes. Remove what it does not need.`);
  }
  const stranger = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]|\p{Surrogate}/u.exec(text);
  if (stranger !== null) {
    const code = stranger[0].codePointAt(0)?.toString(16).padStart(4, '0') ?? '';
    return refuse(lineAt(text, stranger.index), `The AppSpec holds the character U+${code.toUpperCase()}, which YAML does not allow. Save it as plain UTF-8 text without control characters.`);
  }
  // A byte-order mark counts as a column to the original's loader, so the first key is indented by it.
  const plain = text.replace(/^\uFEFF/, ' ').replace(/\r\n?/g, '\n');
  try {
    return readDocument(firstDocument(plain));
  } catch (error) {
    if (error instanceof Refusal) return { kind: 'refused', trouble: error };
    return refuse(null, `The AppSpec cannot be read as YAML (${escapeText(String(error))}). Check its syntax.`);
  }
}

function readDocument(text: string): YamlReading {
  const document = composeFirst(text);
  if (document === null) return { kind: 'empty' };
  const contents = document.contents;
  // What follows a complete flow collection is another document to the original, which never looks at it.
  const end = isCollection(contents) && contents.flow === true ? (contents.range?.[1] ?? Infinity) : Infinity;
  const lineOf = lineFinder(text);
  for (const error of document.errors) {
    // libyaml minds neither. A collection that is never closed has no other code: half a file must not pass for a whole one.
    if ((error.pos[0] >= end && error.code === 'UNEXPECTED_TOKEN') || error.message.startsWith('Comments must be separated')) continue;
    throw new Refusal(lineOf(error.pos[0]), `The AppSpec is not valid YAML: ${escapeSentence(error.message)}. Correct the syntax there.`);
  }
  const remarks: YamlTrouble[] = [];
  const root = convert(contents, { lineOf, remark: (line, sentence) => void (remarks.length < mostRemarks && remarks.push({ line, sentence })) }, 0, 1);
  return root.kind === 'null' || (root.kind === 'boolean' && !root.value) ? { kind: 'empty' } : { kind: 'read', root, remarks };
}

/** The library's document tree, built with one eye on depth and number of pieces. */
function composeFirst(text: string): Document.Parsed<ParsedNode, true> | null {
  const parser = new Parser();
  const composer = new Composer<ParsedNode, true>({ version: '1.1', schema: 'failsafe', uniqueKeys: false, prettyErrors: false, logLevel: 'silent' });
  let pieces = 0;
  let broken = 0;
  let before = '';
  let line = 1;
  for (const piece of new Lexer().lex(text)) {
    pieces += 1;
    if (piece.startsWith('"')) checkEscapes(piece, line);
    if (piece.startsWith('*') && before !== scalarFollows) throw aliasRefused(piece.slice(1), line);
    before = piece;
    if (pieces > mostPieces) throw new Refusal(line, 'The AppSpec has too many parts to be read. Use fewer entries.');
    for (const token of parser.next(piece)) {
      if (token.type === 'error') broken += 1;
      for (const document of composer.next(token)) return document;
    }
    if (broken > mostBrokenPieces) throw new Refusal(line, 'The AppSpec is not valid YAML. Correct the syntax there.');
    if (parser.stack.length > deepestNesting + 3) throw tooDeep(line);
    if (piece === '\n') line += 1;
  }
  for (const token of parser.end()) for (const document of composer.next(token)) return document;
  for (const document of composer.end()) return document;
  return null;
}

/** Refuses what libyaml refuses in a double-quoted text, and NUL, before the library makes an Error for each. */
function checkEscapes(piece: string, line: number): void {
  for (const match of piece.matchAll(/\\(x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[^])/g)) {
    const escape = match[1] ?? '';
    const code = escape.length > 1 ? Number.parseInt(escape.slice(1), 16) : escape === '0' ? 0 : null;
    const isSound = code === null ? 'abt\tnvfre "/\\N_LP\n'.includes(escape) : code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    if (!isSound) {
      const at = line + piece.slice(0, match.index).split('\n').length - 1;
      throw new Refusal(at, `The escape "${escapeText(match[0])}" is not allowed in a double-quoted text. Correct it, or use single quotes.`);
    }
  }
}

interface Conversion {
  readonly lineOf: (offset: number) => number;
  readonly remark: (line: number, sentence: string) => void;
}

function convert(node: unknown, conversion: Conversion, offset: number, depth: number): SpecNode {
  if (node === null || node === undefined) return { kind: 'null', line: conversion.lineOf(offset), source: '' };
  if (isAlias(node)) {
    throw aliasRefused(node.source, conversion.lineOf(node.range?.[0] ?? offset));
  }
  if (isScalar(node)) return convertScalar(node, conversion, offset);
  if (!isMap(node) && !isSeq(node)) throw new Refusal(conversion.lineOf(offset), 'The AppSpec holds something that is neither a scalar, a list nor a mapping. Remove it.');
  const at = node.range?.[0] ?? offset;
  const line = conversion.lineOf(at);
  if (depth > deepestNesting) throw tooDeep(line);
  checkTag(node.tag, isMap(node) ? ['map'] : ['seq'], line);
  if (isSeq(node)) {
    return { kind: 'list', line, items: node.items.map((item) => convert(item, conversion, at, depth + 1)) };
  }
  return convertMapping(node.items, conversion, at, depth);
}

function convertMapping(pairs: readonly { key: unknown; value: unknown }[], conversion: Conversion, offset: number, depth: number): MappingNode {
  const entries = new Map<string, Entry>();
  for (const pair of pairs) {
    const key = convert(pair.key, conversion, offset, depth + 1);
    const value = convert(pair.value, conversion, rangeStart(pair.key) ?? offset, depth + 1);
    const name = textOf(key);
    const id = entryKey(key, name);
    const earlier = entries.get(id);
    if (earlier !== undefined) {
      conversion.remark(key.line, `The key "${escapeText(name)}" is given again (first on line ${earlier.line}); the last one counts. Remove the other.`);
    }
    entries.delete(id);
    entries.set(id, { name, isText: key.kind === 'string', line: key.line, value });
  }
  return { kind: 'mapping', line: conversion.lineOf(offset), entries };
}

const coreScalarTags = ['str', 'int', 'float', 'bool', 'null'];

function convertScalar(node: Scalar, conversion: Conversion, offset: number): SpecNode {
  const line = conversion.lineOf(node.range?.[0] ?? offset);
  const text = typeof node.value === 'string' ? node.value : (node.source ?? '');
  const isPlain = node.type === 'PLAIN' || node.type === undefined;
  const tag = node.tag === '!' ? 'str' : checkTag(node.tag, coreScalarTags, line);
  if (tag === 'str' || (tag === null && !isPlain)) return { kind: 'string', text, line, source: text };
  const value = readPlainScalar(text);
  if (value.kind === 'unreadable') throw new Refusal(line, `The value "${escapeText(text)}" ${value.because}.`);
  return { ...(tag === 'float' ? toFloat(value, line) : value), line, source: text };
}

function toFloat(value: RubyScalar, line: number): RubyScalar {
  if (value.kind === 'float') return value;
  if (value.kind === 'integer') return { kind: 'float', value: Number(value.value) };
  throw new Refusal(line, 'A value marked "!!float" is no number. Remove the mark or correct the number.');
}

const coreTag = 'tag:yaml.org,2002:';

/** The short name of an allowed core tag, null without a tag; anything else is refused. */
function checkTag(tag: string | undefined, allowed: readonly string[], line: number): string | null {
  if (tag === undefined) return null;
  const name = tag.startsWith(coreTag) ? tag.slice(coreTag.length) : null;
  if (name !== null && allowed.includes(name)) return name;
  throw new Refusal(line, `The tag "${escapeText(tag)}" is not allowed in an AppSpec. Remove it.`);
}

function rangeStart(node: unknown): number | undefined {
  return isScalar(node) || isCollection(node) ? node.range?.[0] : undefined;
}

class Refusal extends Error implements YamlTrouble {
  readonly line: number | null;
  readonly sentence: string;

  constructor(line: number | null, sentence: string) {
    super(sentence);
    this.line = line;
    this.sentence = sentence;
  }
}

function aliasRefused(name: string, line: number): Refusal {
  return new Refusal(line, `The alias "*${escapeText(name)}" is not allowed in an AppSpec. Write the value out where it is needed.`);
}

function tooDeep(line: number): Refusal {
  return new Refusal(line, `The AppSpec is nested deeper than ${deepestNesting} levels. Flatten it.`);
}

function refuse(line: number | null, sentence: string): YamlReading {
  return { kind: 'refused', trouble: { line, sentence } };
}

function escapeSentence(message: string): string {
  return message.split('\n', 1)[0]?.replace(/[.:]\s*$/, '').replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ').slice(0, 200) ?? '';
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split(/\r\n?|\n/).length;
}

/** Offset to 1-based line, by bisection. */
function lineFinder(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
