// Lines looked at as one text, as they are or with an encoding undone, so that a secret is found across line breaks; and
// back again: what is found is masked in the lines it lies in.

import { Buffer } from 'node:buffer';
import type { Line } from '../readable-lines.ts';
import type { Span } from './patterns.ts';

export const redactionMark = '[redacted]';

/** A line that ends in so many characters of base64 may be wrapped: 60, 64 and 76 are the usual widths. */
export const wrappedBase64 = /[A-Za-z0-9+/_-]{60}$/;

/** A line's text, which begins at `start`, without what lies in the spans from the `first` on. */
function maskedText(text: string, start: number, spans: readonly Span[], first: number): string {
  let shown = '';
  let at = 0;
  for (let index = first; index < spans.length && spans[index]!.from < start + text.length; index += 1) {
    const { from, to } = spans[index]!;
    const [begin, end] = [Math.max(from - start, at), Math.min(to - start, text.length)];
    if (begin >= end) continue;
    shown += text.slice(at, begin) + redactionMark;
    at = end;
  }
  return shown + text.slice(at);
}

/** Lines as one text, and back: what is found in the text is masked in its lines. */
export class View {
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
    let [low, high] = [0, this.#starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle]! > position) high = middle;
      else low = middle + 1;
    }
    return low - 1;
  }

  startOfLineAt(position: number): number {
    return this.#starts[this.lineAt(position)] ?? 0;
  }

  /** The first `count` lines, with every part that lies in a span replaced; spans are in order, none touching another. */
  masked(count: number, spans: readonly Span[]): readonly Line[] {
    let first = 0;
    return this.lines.slice(0, count).map((line, index) => {
      const start = this.#starts[index]!;
      while (first < spans.length && spans[first]!.to <= start) first += 1;
      return { ...line, text: maskedText(line.text, start, spans, first) };
    });
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

export interface Derived {
  readonly text: string;
  /** A span of the derived text, in the view's own characters. */
  inView(span: Span): Span;
}

function derived(text: string, placeOf: (position: number) => number): Derived {
  // The end is where the next character begins, so that all of an encoded one is covered.
  return { text, inView: ({ from, to }) => ({ from: placeOf(from), to: Math.max(placeOf(to), placeOf(to - 1) + 1) }) };
}
