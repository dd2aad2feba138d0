// What secrets of one kind look like, as the host's owner writes it: a regular expression, but of a kind that costs nothing
// whatever a script prints. Plain characters, classes and repetitions in a row; no groups, no alternatives. It begins with
// four plain characters, by which it is searched for, and what a repetition takes must not be what may follow it. So there
// is nothing to go back to: each repetition ends where its run of characters ends, a run is measured once, and a text is
// searched in time that grows with its length alone.

import type { Span } from './patterns.ts';

/** Characters from a set, so often; `most` is Infinity for any number. */
export interface ShapePart {
  readonly least: number;
  readonly most: number;
  takes(code: number): boolean;
}

export interface Shape {
  readonly text: string;
  /** What it begins with. */
  readonly head: string;
  readonly rest: readonly ShapePart[];
}

/** Where a match ends, or that the text ends before it can be known. */
interface Match {
  readonly to: number;
  readonly isOpen: boolean;
}

/** Finds secrets by their shapes. */
export class Shapes {
  readonly all: readonly Shape[];

  constructor(shapes: readonly Shape[]) {
    this.all = shapes;
  }

  /** At the break or the end of the output what was begun counts as well. */
  find(text: string, isBreak: boolean): Span[] {
    const end = isBreak && text.endsWith('\n') ? text.length - 1 : text.length;
    return this.all.flatMap((shape) => {
      const spans: { from: number; to: number }[] = [];
      const match = matcher(shape, text, end);
      for (let at = text.indexOf(shape.head); at >= 0; at = text.indexOf(shape.head, at + 1)) {
        const found = match(at);
        if (found === null || (found.isOpen && !isBreak)) continue;
        const last = spans.at(-1);
        if (last !== undefined && at <= last.to) last.to = Math.max(last.to, found.to);
        else spans.push({ from: at, to: found.to });
      }
      return spans;
    });
  }

  /** Where what may go on after the text's end begins first; its length when nothing does. */
  begunAt(text: string): number {
    return Math.min(text.length, ...this.all.map((shape) => begunAt(shape, text)));
  }
}

function begunAt(shape: Shape, text: string): number {
  const match = matcher(shape, text, text.length);
  for (let at = text.indexOf(shape.head); at >= 0; at = text.indexOf(shape.head, at + 1)) {
    const found = match(at);
    if (found !== null && (found.isOpen || found.to === text.length)) return at;
  }
  for (let at = Math.max(0, text.length - shape.head.length + 1); at < text.length; at += 1) if (shape.head.startsWith(text.slice(at))) return at;
  return text.length;
}

/** Matches at one place after another of the same text, in rising order, up to `end`. */
function matcher({ head, rest }: Shape, text: string, end: number): (at: number) => Match | null {
  // How far the run that a part was last seen in goes.
  const runs = rest.map(() => ({ from: 0, to: 0 }));
  const runEnd = (part: number, at: number): number => {
    const run = runs[part]!;
    if (at >= run.from && at < run.to) return run.to;
    let to = at;
    while (to < end && rest[part]!.takes(text.charCodeAt(to))) to += 1;
    runs[part] = { from: at, to };
    return to;
  };
  return (from) => {
    if (from + head.length > end) return null;
    let at = from + head.length;
    for (const [index, { least, most }] of rest.entries()) {
      const to = most === 1 && least === 1 ? at + (at < end && rest[index]!.takes(text.charCodeAt(at)) ? 1 : 0) : Math.min(runEnd(index, at), at + most);
      if (to - at < least) return to === end ? { to: end, isOpen: true } : null;
      at = to;
    }
    return { to: at, isOpen: false };
  };
}
