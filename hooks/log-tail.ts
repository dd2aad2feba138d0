// The diagnostics log of one lifecycle event: its last whole entries, together below 2048 bytes, as CodeDeploy has it.
// Unlike there, a last entry that is too long alone is cut, not lost.

const limitBytes = 2_048;

export class LogTail {
  #entries: string[] = [];
  #bytes = 0;

  /** Adds one line (without its end). */
  add(line: string): void {
    const entry = shorten(`${line}\n`);
    this.#entries.push(entry);
    this.#bytes += byteLength(entry);
    while (this.#bytes >= limitBytes) this.#bytes -= byteLength(this.#entries.shift() ?? '');
  }

  /** Text of at most 2047 bytes; each entry ends in a line feed. */
  text(): string {
    return this.#entries.join('');
  }
}

/** Keeps the stream's label and the end of the line, where errors usually are. */
function shorten(entry: string): string {
  if (byteLength(entry) < limitBytes) return entry;
  const label = /^\[std(?:out|err)\]/.exec(entry)?.[0] ?? '';
  const room = limitBytes - 1 - byteLength(`${label}…`);
  const end = Buffer.from(entry).subarray(-room);
  let start = 0;
  while (start < end.length && ((end[start] ?? 0) & 0xc0) === 0x80) start += 1; // not in the middle of a character
  return `${label}…${end.subarray(start).toString('utf8')}`;
}

function byteLength(text: string): number {
  return Buffer.byteLength(text);
}
