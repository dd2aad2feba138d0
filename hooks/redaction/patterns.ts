// Texts to be found in a text, many at once, in one pass that skips most places by a hash of four characters; also where
// only the beginning or the end of one is there, because a line or a break in the output cut it off.

import { shortestSecret } from '../../protocol/session/frames.ts';

/** Half-open, in characters of the text looked at. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Texts to be found, by their first four characters. */
export class Patterns {
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

/** Of a secret cut off by a break, so much is taken for it: half, and not less than a whole secret must have. */
function leastPart(pattern: string): number {
  return Math.max(shortestSecret, Math.ceil(pattern.length / 2));
}

/** How much of the end of `text` may be the beginning of a pattern. */
export function lengthOfBeginning(patterns: readonly string[], text: string): number {
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

/** How much of the beginning of `text` may be the end of a pattern. */
export function lengthOfRest(patterns: readonly string[], text: string): number {
  let longest = 0;
  for (const pattern of patterns) {
    for (let length = pattern.length - 1; length >= leastPart(pattern) && length > longest; length -= 1) {
      if (text.startsWith(pattern.slice(-length))) longest = length;
    }
  }
  return longest;
}

/** In order, none touching another. */
export function merge(spans: readonly Span[]): Span[] {
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
