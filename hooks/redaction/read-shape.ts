// Reads a shape as the host's owner writes it: plain characters, `.`, classes such as [A-Za-z0-9_-], [^ @] and \d \w \s \S,
// and repetitions {16} {20,} {2,40} + * ?. What is a regular expression and no shape is refused with what to write instead.

import { shortestSecret } from '../../protocol/session/frames.ts';
import type { Shape, ShapePart } from './shapes.ts';

export type ShapeReading = { readonly kind: 'shape'; readonly shape: Shape } | { readonly kind: 'refused'; readonly why: string };

/** A set of characters: which of ASCII, and whether all others. */
interface Characters {
  readonly ascii: ReadonlySet<number>;
  readonly others: boolean;
  /** The one character that it is, where it is one. */
  readonly plain: string | null;
}

class Refused extends Error {}

const mostTextLength = 200;
const mostRepetitions = 10_000;

export function readShape(text: string): ShapeReading {
  try {
    return { kind: 'shape', shape: shapeOf(text) };
  } catch (error) {
    if (error instanceof Refused) return { kind: 'refused', why: error.message };
    throw error;
  }
}

interface Piece {
  readonly characters: Characters;
  readonly least: number;
  readonly most: number;
  readonly written: string;
}

function shapeOf(text: string): Shape {
  if (text.length > mostTextLength) throw new Refused(`it is longer than ${mostTextLength} characters`);
  const pieces: Piece[] = [];
  for (let at = 0; at < text.length; ) {
    const one = readCharacters(text, at);
    const often = readRepetition(text, one.end);
    pieces.push({ characters: one.characters, least: often.least, most: often.most, written: text.slice(at, often.end) });
    at = often.end;
  }
  const isPlain = ({ characters, least, most }: Piece): boolean => characters.plain !== null && least === 1 && most === 1;
  const others = pieces.findIndex((piece) => !isPlain(piece));
  const headLength = others < 0 ? pieces.length : others;
  const head = pieces.slice(0, headLength).map(({ characters }) => characters.plain).join('');
  if (head.length < shortestSecret) throw new Refused(`it must begin with at least ${shortestSecret} plain characters, by which it is searched for`);
  for (const [index, piece] of pieces.entries()) checkWhatFollows(piece, pieces.slice(index + 1));
  return { text, head, rest: pieces.slice(headLength).map(partOf) };
}

function partOf({ characters, least, most }: Piece): ShapePart {
  return { least, most, takes: (code) => has(characters, code) };
}

function has({ ascii, others, plain }: Characters, code: number): boolean {
  if (plain !== null) return plain.charCodeAt(0) === code;
  return code < 128 ? ascii.has(code) : others;
}

/** Where a repetition ends must be plain from the next character, or there would be several ways to match. */
function checkWhatFollows(piece: Piece, next: readonly Piece[]): void {
  if (piece.least === piece.most) return;
  for (const { characters, least, written } of next) {
    if (meet(piece.characters, characters)) throw new Refused(`${piece.written} takes what ${written} behind it begins with as well; take that out of its class, as in [^@]+@`);
    if (least > 0) return;
  }
}

function meet(one: Characters, other: Characters): boolean {
  if (one.plain !== null) return has(other, one.plain.charCodeAt(0));
  if (other.plain !== null) return has(one, other.plain.charCodeAt(0));
  return (one.others && other.others) || [...one.ascii].some((code) => other.ascii.has(code));
}

const newline = 10;
const everyAscii: readonly number[] = Array.from({ length: 128 }, (_, code) => code).filter((code) => code !== newline);

function set(codes: Iterable<number>, others = false): Characters {
  return { ascii: new Set([...codes].filter((code) => code !== newline)), others, plain: null };
}

function range(from: string, to: string): readonly number[] {
  return Array.from({ length: to.charCodeAt(0) - from.charCodeAt(0) + 1 }, (_, index) => from.charCodeAt(0) + index);
}

const digits = range('0', '9');
const words = [...digits, ...range('A', 'Z'), ...range('a', 'z'), '_'.charCodeAt(0)];
const blanks = [9, 32];
const named: Readonly<Record<string, Characters>> = { d: set(digits), w: set(words), s: set(blanks), S: set(everyAscii.filter((code) => !blanks.includes(code)), true) };

interface Read<Value> {
  readonly value: Value;
  readonly end: number;
}

function readCharacters(text: string, at: number): { readonly characters: Characters; readonly end: number } {
  const one = text[at]!;
  if (one === '\\') {
    const { value, end } = readEscape(text, at);
    return { characters: typeof value === 'string' ? plain(value) : value, end };
  }
  if (one === '[') return readClass(text, at);
  if (one === '.') return { characters: set(everyAscii, true), end: at + 1 };
  if ('()|^$'.includes(one)) throw new Refused(`${one} stands for something here: groups, alternatives and anchors are not understood. Give each alternative as a pattern of its own, or write \\${one} for the character`);
  if ('{}]*+?'.includes(one)) throw new Refused(`${one} stands where a character is due; write \\${one} for the character itself`);
  return { characters: plain(one), end: at + 1 };
}

function plain(character: string): Characters {
  if (/\p{Cc}/u.test(character)) throw new Refused('it holds a control character, which no line of output does');
  return { ascii: new Set(), others: false, plain: character };
}

function readEscape(text: string, at: number): Read<string | Characters> {
  const escaped = text[at + 1];
  if (escaped === undefined) throw new Refused('it ends in a backslash');
  const set = named[escaped];
  if (set !== undefined) return { value: set, end: at + 2 };
  if (/[A-Za-z0-9]/.test(escaped)) throw new Refused(`\\${escaped} is not understood; of these \\d \\w \\s and \\S are`);
  return { value: escaped, end: at + 2 };
}

function readClass(text: string, begin: number): { readonly characters: Characters; readonly end: number } {
  const isNegated = text[begin + 1] === '^';
  const codes = new Set<number>();
  let at = begin + (isNegated ? 2 : 1);
  const member = (): Read<string | Characters> => (text[at] === '\\' ? readEscape(text, at) : { value: text[at]!, end: at + 1 });
  while (text[at] !== ']') {
    if (text[at] === undefined) throw new Refused(`the class ${text.slice(begin)} has no end`);
    const first = member();
    at = first.end;
    if (typeof first.value !== 'string') {
      if (first.value.others) throw new Refused('\\S cannot stand in a class; write [^ ] or the characters themselves');
      for (const code of first.value.ascii) codes.add(code);
      continue;
    }
    let last = first.value;
    if (text[at] === '-' && text[at + 1] !== ']' && text[at + 1] !== undefined) {
      at += 1;
      const second = member();
      at = second.end;
      if (typeof second.value !== 'string') throw new Refused(`a range in ${text.slice(begin, at)} has no end of its own`);
      last = second.value;
    }
    if (first.value.charCodeAt(0) > 127 || last.charCodeAt(0) > 127) throw new Refused('classes hold ASCII only; [^…] takes all other characters too');
    if (last < first.value) throw new Refused(`the range ${first.value}-${last} is upside down`);
    for (const code of range(first.value, last)) codes.add(code);
  }
  if (codes.size === 0) throw new Refused(`the class ${text.slice(begin, at + 1)} is empty`);
  return { characters: isNegated ? set(everyAscii.filter((code) => !codes.has(code)), true) : set(codes), end: at + 1 };
}

function readRepetition(text: string, at: number): { readonly least: number; readonly most: number; readonly end: number } {
  const [written = ''] = /^(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})/.exec(text.slice(at)) ?? [];
  if (written === '') return { least: 1, most: 1, end: at };
  const end = at + written.length;
  if (text[end] === '?' || text[end] === '+') throw new Refused(`${written}${text[end]} is not understood; a repetition always takes all it can`);
  const [, low = '0', comma, high = ''] = /^\{([0-9]+)(,?)([0-9]*)\}$/.exec(written) ?? [];
  const bounds = written === '*' ? [0, Infinity] : written === '+' ? [1, Infinity] : written === '?' ? [0, 1] : [Number(low), comma === '' ? Number(low) : high === '' ? Infinity : Number(high)];
  const [least, most] = bounds as [number, number];
  if (least > most || most === 0 || least > mostRepetitions || (most !== Infinity && most > mostRepetitions)) throw new Refused(`${written} is no repetition from 1 to ${mostRepetitions}`);
  return { least, most, end };
}
