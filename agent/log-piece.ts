// Lines of one stream that follow each other and came at the same time, on their way to become one chunk.

import type { OutputLine } from '../hooks/script-output.ts';
import type { LogChunk } from '../protocol/session/frames.ts';
import { streamKey } from './log-spool.ts';

export class LogPiece {
  readonly #first: OutputLine;
  readonly #at: number;
  readonly #lengths: number[] = [];
  readonly #texts: string[] = [];
  #end: number;
  #chars = 0;

  constructor(first: OutputLine, at: number) {
    this.#first = first;
    this.#at = at;
    this.#end = first.offset;
    this.add(first);
  }

  /** Of its text, line ends included. */
  get chars(): number {
    return this.#chars;
  }

  fits(line: OutputLine, at: number, mostChars: number): boolean {
    return streamKey(line) === streamKey(this.#first) && line.offset === this.#end && at === this.#at && this.#chars + line.text.length < mostChars;
  }

  add({ length, text }: OutputLine): void {
    this.#lengths.push(length);
    this.#texts.push(text);
    this.#end += length;
    this.#chars += text.length + 1;
  }

  chunk(): LogChunk {
    const { index, restart, stream, offset } = this.#first;
    return { index, restart, stream, offset, lengths: this.#lengths, at: this.#at, text: this.#texts.join('\n') };
  }
}
