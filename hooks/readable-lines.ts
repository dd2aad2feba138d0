// Bytes a script wrote to lines a person can read: UTF-8 with U+FFFD for what is none, no terminal sequences, no control
// characters, and no line longer than 64 KiB.

const longestLineBytes = 65_536;
const newline = 0x0a;

export interface Line {
  /** Where the line begins in the stream, in bytes. */
  readonly offset: number;
  /** How many bytes of the stream it takes, its end included. */
  readonly length: number;
  readonly text: string;
  /** Was it cut because it is too long, so that the next line goes on with it? */
  readonly isCut: boolean;
}

/** Cuts a stream, handed over piece by piece, into lines. */
export class LineReader {
  #rest: Uint8Array = new Uint8Array(0);
  #offset = 0;

  /** Where the next piece is expected to begin. */
  get position(): number {
    return this.#offset + this.#rest.length;
  }

  /** The complete lines that end within this piece. */
  take(piece: Uint8Array): readonly Line[] {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    const lines: Line[] = [];
    let start = 0;
    for (;;) {
      const found = bytes.indexOf(newline, start);
      const isTooLong = (found < 0 ? bytes.length : found) - start > longestLineBytes;
      if (found < 0 && !isTooLong) break;
      const end = isTooLong ? characterStart(bytes, start + longestLineBytes) : found;
      const next = isTooLong ? end : end + 1;
      lines.push({ offset: this.#offset + start, length: next - start, text: makeReadable(bytes.subarray(start, end)), isCut: isTooLong });
      start = next;
    }
    this.#rest = bytes.slice(start);
    this.#offset += start;
    return lines;
  }

  /** The last line, when it has no end. */
  finish(): readonly Line[] {
    if (this.#rest.length === 0) return [];
    const line = { offset: this.#offset, length: this.#rest.length, text: makeReadable(this.#rest), isCut: false };
    this.skipTo(this.position);
    return [line];
  }

  /** Forgets what was begun and goes on at `offset`. */
  skipTo(offset: number): void {
    this.#rest = new Uint8Array(0);
    this.#offset = offset;
  }
}

/** Where the character that `at` is in the middle of begins. */
function characterStart(bytes: Uint8Array, at: number): number {
  for (let start = at; start > at - 4; start -= 1) if (((bytes[start] ?? 0) & 0xc0) !== 0x80) return start;
  return at; // no UTF-8 anyway
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
/** CSI and OSC sequences, other two-character escapes, then any control character but the tab. */
const unreadable = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]|[\x00-\x08\x0a-\x1f\x7f-\x9f]/g;

/** One line without its end. */
export function makeReadable(bytes: Uint8Array): string {
  return decoder.decode(bytes).replace(unreadable, '');
}
