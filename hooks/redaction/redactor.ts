// Takes secrets out of what scripts print, before anything else sees it: as they are, base64 (also wrapped, also in the
// middle of something longer), percent-encoded, or escaped for JSON; and wherever the output is cut, since a line is held
// back while a secret may go on in the next one. Works on readable lines (../readable-lines.ts), so that a terminal
// sequence inside a secret does not hide it.

import type { Line } from '../readable-lines.ts';
import { lengthOfBeginning, lengthOfRest, merge } from './patterns.ts';
import type { Span } from './patterns.ts';
import type { Redaction } from './redaction.ts';
import { redactionMark, View, wrappedBase64 } from './view.ts';

/** At most this much output is held back, whatever it looks like. */
const mostHeldBytes = 1_048_576;

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
    if (this.#redaction.isWhole) return lines.map((line) => ({ ...line, text: redactionMark }));
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

  /** What was held back, and a last line without its end, which may have been cut off in the middle of a secret. */
  finish(rest: readonly Line[] = []): readonly Line[] {
    if (this.#redaction.isEmpty || this.#redaction.isWhole) return this.take(rest);
    const isGap = rest[0] !== undefined && this.#end !== null && rest[0].offset !== this.#end;
    const safe = isGap ? this.take(rest) : [];
    return [...safe, ...this.#release(isGap ? [] : rest, true)];
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
    return view.masked(kept, spans);
  }

  #find(view: View, isBreak: boolean): Span[] {
    const { plain, base64, decoded, shapes } = this.#redaction;
    const spans = [...plain.find(view.text), ...shapes.find(view.text, isBreak)];
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
    const { multiline, base64, longest, shapes } = this.#redaction;
    const last = view.lines.at(-1)!;
    let safeTo = Math.min(view.text.length, multiline.begunAt(view.text));
    if (!last.isCut && wrappedBase64.test(last.text)) {
      const unwrapped = view.unwrapped()!;
      const begun = base64.begunAt(unwrapped.text);
      if (begun < unwrapped.text.length) safeTo = Math.min(safeTo, unwrapped.inView({ from: begun, to: begun + 1 }).from);
    }
    if (last.isCut) safeTo = Math.min(safeTo, Math.max(0, view.text.length - longest + 1), shapes.begunAt(view.text));
    if (safeTo === view.text.length) return view.lines.length;
    // A secret that is whole must not be torn between what is shown and what is held.
    let lineStart = view.startOfLineAt(safeTo);
    for (const span of spans.toReversed()) {
      if (span.from >= safeTo || span.to <= lineStart) continue;
      safeTo = span.from;
      lineStart = view.startOfLineAt(safeTo);
    }
    let kept = view.lineAt(safeTo);
    const bytesFrom = (index: number): number => last.offset + last.length - (view.lines[index]?.offset ?? 0);
    while (kept < view.lines.length && bytesFrom(kept) > mostHeldBytes) kept += 1;
    return kept;
  }
}
