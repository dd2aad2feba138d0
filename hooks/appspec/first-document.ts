// Which part of the text the original's loader would have read: the first YAML document, and no further. Works on lines,
// in linear time, before any parser sees the text.

/** Cuts at the end of the first document; line numbers stay true since only the end is cut. */
export function firstDocument(text: string): string {
  const lines = new Lines(text);
  let isInDirectives = false;
  let hasStarted = false;
  /** Indentation of an indented block's first line; a line further left ends the document, as in libyaml. */
  let floor = 0;
  let isFloorKnown = false;
  for (let line = lines.next(); line !== null; line = lines.next()) {
    const content = text.slice(line.start, line.end);
    const isMarker = /^(?:---|\.\.\.)(?:[ \t]|$)/.test(content);
    if (!hasStarted) {
      if (isMarker && content.startsWith('...') && !isInDirectives) return text.slice(0, line.start);
      if (isMarker) {
        hasStarted = true;
        isFloorKnown = /[^ \t]/.test(content.slice(3).replace(/^[ \t]+#.*/, ''));
        continue;
      }
      if (/^[ \t]*(?:#|$)/.test(content)) continue;
      if (content.startsWith('%')) {
        isInDirectives = true;
        continue;
      }
      hasStarted = true;
    } else if (isMarker) return text.slice(0, line.start);
    if (/^[ \t]*(?:#|$)/.test(content)) continue;
    const indent = /^ */.exec(content)?.[0].length ?? 0;
    if (!isFloorKnown) {
      isFloorKnown = true;
      floor = /^[[{"'|>&!]/.test(content.slice(indent)) ? 0 : indent;
    } else if (indent < floor) return text.slice(0, line.start);
  }
  return text;
}

/** Steps through a text's lines without copying them. */
class Lines {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  next(): { readonly start: number; readonly end: number } | null {
    if (this.#at >= this.#text.length) return null;
    const start = this.#at;
    const found = this.#text.indexOf('\n', start);
    const end = found < 0 ? this.#text.length : found;
    this.#at = end + 1;
    return { start, end };
  }
}
