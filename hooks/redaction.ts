// Takes secrets out of what scripts print, before anything else sees it: as they are, base64 (also wrapped, also in the
// middle of something longer), percent-encoded, or escaped for JSON; and wherever the output is cut, since a line is held
// back while a secret may go on in the next one. Works on readable lines (./readable-lines.ts), so that a terminal
// sequence inside a secret does not hide it.

import { Buffer } from 'node:buffer';
import { shortestSecret } from '../protocol/session/frames.ts';
import { makeReadable } from './readable-lines.ts';
import type { Line } from './readable-lines.ts';

export const redactionMark = '[redacted]';

/** Half-open, in characters of the text looked at. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** Why these values cannot be taken out of the output, in a sentence; null when they can. Never repeats a value. */
export function refuseSecrets(values: readonly string[]): string | null {
  const short = values.findIndex((value) => normalise(value).length < shortestSecret);
  if (short < 0) return null;
  return `Secret ${short + 1} of ${values.length} is shorter than ${shortestSecret} readable characters: redacting it would blacken the log and hide nothing. Use a longer value, or do not mark it as secret.`;
}

/** Texts to be found, by their first four characters. */
class Patterns {
  readonly all: readonly string[];
  readonly longest: number;
  readonly #byStart = new Map<string, string[]>();
  /** Whether any pattern may begin with four characters of that hash: most places are passed over by this alone. */
  readonly #mayStart = new Uint8Array(65_536);

  constructor(patterns: Iterable<string>) {
    this.all = [...new Set(patterns)].filter((pattern) => pattern.length >= shortestSecret).sort((a, b) => b.length - a.length);
    this.longest = this.all[0]?.length ?? 0;
    for (const pattern of this.all) {
      const start = pattern.slice(0, shortestSecret);
      const others = this.#byStart.get(start);
      if (others === undefined) this.#byStart.set(start, [pattern]);
      else others.push(pattern);
      this.#mayStart[hash(pattern, 0)] = 1;
    }
  }

  find(text: string): Span[] {
    const spans: Span[] = [];
    for (let at = 0; at + shortestSecret <= text.length; at += 1) {
      if (this.#mayStart[hash(text, at)] === 0) continue;
      const found = this.#byStart.get(text.slice(at, at + shortestSecret))?.find((pattern) => text.startsWith(pattern, at));
      if (found !== undefined) spans.push({ from: at, to: at + found.length });
    }
    return spans;
  }

  /** Where the longest end of `text` begins that is the beginning of a pattern, but not all of it; its length when none is. */
  begunAt(text: string): number {
    for (let at = Math.max(0, text.length - this.longest + 1); at < text.length; at += 1) {
      const end = text.slice(at);
      if (this.all.some((pattern) => pattern.length > end.length && pattern.startsWith(end))) return at;
    }
    return text.length;
  }
}

/** The secrets of one attempt, in all the forms in which they may be printed. */
export class Redaction {
  readonly isEmpty: boolean;
  /** Looked for in the text as it is. */
  readonly plain: Patterns;
  /** Those of the above that go on over a line break. */
  readonly multiline: Patterns;
  /** Looked for also where base64 was wrapped. */
  readonly base64: Patterns;
  /** Looked for, byte by byte, in the text with its percent-encoding undone. */
  readonly decoded: Patterns;
  /** No form of a secret is longer, in characters. */
  readonly longest: number;

  /** Values for which `refuseSecrets` has no complaint. */
  constructor(values: readonly string[]) {
    const secrets = [...new Set(values.map((value) => value.replace(/^[\r\n]+|[\r\n]+$/g, '')))].filter((secret) => normalise(secret).length >= shortestSecret);
    const base64 = secrets.flatMap(base64Forms);
    const plain = secrets.flatMap((secret) => [normalise(secret), normalise(JSON.stringify(secret).slice(1, -1))]);
    this.isEmpty = secrets.length === 0;
    this.base64 = new Patterns(base64);
    this.plain = new Patterns([...plain, ...base64]);
    this.multiline = new Patterns(plain.filter((pattern) => pattern.includes('\n')));
    this.decoded = new Patterns(secrets.map(bytesOf).flatMap((bytes) => [bytes, bytes.replaceAll(' ', '+')]));
    this.longest = Math.max(this.plain.longest, 3 * this.decoded.longest);
  }
}

/** At most this much output is held back, whatever it looks like. */
const mostHeldBytes = 1_048_576;
/** A line that ends in so many characters of base64 may be wrapped: 60, 64 and 76 are the usual widths. */
const wrappedBase64 = /[A-Za-z0-9+/_-]{60}$/;

/** Redacts one stream of one script, lines in, lines out. Offsets, lengths and the number of lines stay. */
export class Redactor {
  readonly #redaction: Redaction;
  #held: Line[] = [];
  /** Where the next line should begin; another one begins after a gap. */
  #end: number | null = null;
  /** Does the held text begin after a gap, so that it may begin with the rest of a secret? */
  #isTorn = false;

  constructor(redaction: Redaction) {
    this.#redaction = redaction;
  }

  /** The lines that are safe to show now. */
  take(lines: readonly Line[]): readonly Line[] {
    if (this.#redaction.isEmpty) return lines;
    const safe: Line[] = [];
    let fresh: Line[] = [];
    for (const line of lines) {
      if (this.#end !== null && line.offset !== this.#end) {
        safe.push(...this.#release(fresh, true));
        fresh = [];
        this.#isTorn = true;
      }
      fresh.push(line);
      this.#end = line.offset + line.length;
    }
    return [...safe, ...this.#release(fresh, false)];
  }

  /** What was held back; the stream has ended. */
  finish(): readonly Line[] {
    return this.#release([], true);
  }

  #release(fresh: readonly Line[], isBreak: boolean): readonly Line[] {
    const lines = [...this.#held, ...fresh];
    this.#held = [];
    if (lines.length === 0) return lines;
    const view = new View(lines);
    const spans = this.#find(view, isBreak);
    const kept = isBreak ? lines.length : this.#countSafe(view, spans);
    this.#held = lines.slice(kept);
    if (kept > 0) this.#isTorn = false;
    return lines.slice(0, kept).map((line, index) => ({ ...line, text: view.masked(index, spans) }));
  }

  #find(view: View, isBreak: boolean): Span[] {
    const { plain, base64, decoded } = this.#redaction;
    const spans = plain.find(view.text);
    const unwrapped = view.unwrapped();
    if (unwrapped !== null) spans.push(...base64.find(unwrapped.text).map((span) => unwrapped.inView(span)));
    const undone = view.percentDecoded(decoded.all);
    if (undone !== null) spans.push(...decoded.find(undone.text).map((span) => undone.inView(span)));
    if (this.#isTorn) spans.push({ from: 0, to: lengthOfRest(plain.all, view.text) });
    if (isBreak) spans.push({ from: view.text.length - lengthOfBeginning(plain.all, view.text), to: view.text.length });
    return merge(spans);
  }

  /** How many lines no secret that is still to come can reach back into. */
  #countSafe(view: View, spans: readonly Span[]): number {
    const { multiline, base64, longest } = this.#redaction;
    const last = view.lines.at(-1)!;
    let safeTo = Math.min(view.text.length, multiline.begunAt(view.text));
    if (!last.isCut && wrappedBase64.test(last.text)) {
      const unwrapped = view.unwrapped()!;
      const begun = base64.begunAt(unwrapped.text);
      if (begun < unwrapped.text.length) safeTo = Math.min(safeTo, unwrapped.inView({ from: begun, to: begun + 1 }).from);
    }
    if (last.isCut) safeTo = Math.min(safeTo, Math.max(0, view.text.length - longest + 1));
    if (safeTo === view.text.length) return view.lines.length;
    // A secret that is whole must not be torn between what is shown and what is held.
    for (const span of spans.toReversed()) if (span.from < safeTo && span.to > view.startOfLineAt(safeTo)) safeTo = span.from;
    let kept = view.lineAt(safeTo);
    const bytesFrom = (index: number): number => last.offset + last.length - (view.lines[index]?.offset ?? 0);
    while (kept < view.lines.length && bytesFrom(kept) > mostHeldBytes) kept += 1;
    return kept;
  }
}

/** Lines as one text, and back: what is found in the text is masked in its lines. */
class View {
  readonly lines: readonly Line[];
  readonly text: string;
  readonly #starts: readonly number[];

  constructor(lines: readonly Line[]) {
    this.lines = lines;
    const starts: number[] = [];
    let length = 0;
    for (const line of lines) {
      starts.push(length);
      length += line.text.length + (line.isCut ? 0 : 1);
    }
    this.#starts = starts;
    this.text = lines.map((line) => (line.isCut ? line.text : `${line.text}\n`)).join('');
  }

  lineAt(position: number): number {
    const after = this.#starts.findIndex((start) => start > position);
    return (after < 0 ? this.#starts.length : after) - 1;
  }

  startOfLineAt(position: number): number {
    return this.#starts[this.lineAt(position)] ?? 0;
  }

  /** The line with every part that lies in a span replaced. */
  masked(index: number, spans: readonly Span[]): string {
    const { text } = this.lines[index]!;
    const start = this.#starts[index]!;
    let shown = '';
    let at = 0;
    for (const { from, to } of spans) {
      const [begin, end] = [Math.max(from - start, at), Math.min(to - start, text.length)];
      if (begin >= end) continue;
      shown += text.slice(at, begin) + redactionMark;
      at = end;
    }
    return shown + text.slice(at);
  }

  /** The text without the line breaks that may have been put into base64; null when there are none. */
  unwrapped(): Derived | null {
    const breaks = this.lines.flatMap((line, index) => (!line.isCut && wrappedBase64.test(line.text) ? [this.#starts[index]! + line.text.length] : []));
    if (breaks.length === 0) return null;
    let text = '';
    let from = 0;
    for (const at of breaks) {
      text += this.text.slice(from, at);
      from = at + 1;
    }
    text += this.text.slice(from);
    const inView = (position: number): number => {
      let found = position;
      for (const at of breaks) if (at <= found) found += 1;
      return found;
    };
    return derived(text, (position) => inView(position));
  }

  /** The text's bytes with %XX undone; null when that would change nothing that matters. */
  percentDecoded(patterns: readonly string[]): Derived | null {
    const hasSpaces = this.text.includes('+') && patterns.some((pattern) => pattern.includes('+'));
    if (!this.text.includes('%') && !hasSpaces) return null;
    const bytes: number[] = [];
    const places: number[] = [];
    for (let at = 0; at < this.text.length; ) {
      const code = this.text.codePointAt(at)!;
      const width = code > 0xffff ? 2 : 1;
      const digits = code === 0x25 ? /^[0-9A-Fa-f]{2}/.exec(this.text.slice(at + 1, at + 3))?.[0] : undefined;
      if (digits !== undefined) bytes.push(Number.parseInt(digits, 16));
      else if (code < 0x80) bytes.push(code);
      else bytes.push(...Buffer.from(String.fromCodePoint(code)));
      while (places.length < bytes.length) places.push(at);
      at += digits === undefined ? width : 3;
    }
    places.push(this.text.length);
    return derived(Buffer.from(bytes).toString('latin1'), (position) => places[position] ?? this.text.length);
  }
}

interface Derived {
  readonly text: string;
  /** A span of the derived text, in the view's own characters. */
  inView(span: Span): Span;
}

function derived(text: string, placeOf: (position: number) => number): Derived {
  // The end is where the next character begins, so that all of an encoded one is covered.
  return { text, inView: ({ from, to }) => ({ from: placeOf(from), to: Math.max(placeOf(to), placeOf(to - 1) + 1) }) };
}

/** A secret as it looks once it was made readable. */
function normalise(secret: string): string {
  const lines = secret.replace(/^[\r\n]+|[\r\n]+$/g, '').split('\n');
  return lines.map((line) => makeReadable(Buffer.from(line))).join('\n');
}

function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** Base64 of the secret alone, and what of it is the same whatever stands before and behind it, for each alignment. */
function base64Forms(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const whole = bytes.toString('base64');
  const inner = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
  const forms = [whole, whole.replace(/=+$/, ''), ...inner];
  return [...forms, ...forms.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))];
}

/** Of a secret cut off by a break, so much is taken for it: half, and not less than a whole secret must have. */
function leastPart(pattern: string): number {
  return Math.max(shortestSecret, Math.ceil(pattern.length / 2));
}

function lengthOfBeginning(patterns: readonly string[], text: string): number {
  const shown = text.endsWith('\n') ? [text, text.slice(0, -1)] : [text];
  let longest = 0;
  for (const [trimmed, candidate] of shown.entries()) {
    for (const pattern of patterns) {
      for (let length = pattern.length - 1; length >= leastPart(pattern) && length + trimmed > longest; length -= 1) {
        if (candidate.endsWith(pattern.slice(0, length))) longest = length + trimmed;
      }
    }
  }
  return longest;
}

function lengthOfRest(patterns: readonly string[], text: string): number {
  let longest = 0;
  for (const pattern of patterns) {
    for (let length = pattern.length - 1; length >= leastPart(pattern) && length > longest; length -= 1) {
      if (text.startsWith(pattern.slice(-length))) longest = length;
    }
  }
  return longest;
}

function merge(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (span.from >= span.to) continue;
    if (last !== undefined && span.from < last.to) merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    else merged.push(span);
  }
  return merged;
}

function hash(text: string, at: number): number {
  return (text.charCodeAt(at) * 31 + text.charCodeAt(at + 1) * 1_021 + text.charCodeAt(at + 2) * 8_209 + text.charCodeAt(at + 3) * 25_013) & 0xffff;
}
