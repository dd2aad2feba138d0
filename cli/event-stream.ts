// Server-sent events, as the HTML standard spells them: bytes in, events out. Comments and unknown fields are dropped; an
// event cut off by the end of the stream never happened.

export interface ServerSentEvent {
  /** `message` where the server names none. */
  readonly name: string;
  readonly data: string;
}

export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  let name = '';
  let data: string[] = [];
  for await (const line of readLines(body)) {
    if (line === '') {
      if (data.length > 0) yield { name: name === '' ? 'message' : name, data: data.join('\n') };
      name = '';
      data = [];
      continue;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') name = value;
    else if (field === 'data') data.push(value);
  }
}

/** Whole lines, ended by LF, CRLF or CR, wherever the chunks are cut. */
async function* readLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    for (;;) {
      const found = /\r\n|\n|\r(?!$)/.exec(rest);
      if (found === null) break;
      yield rest.slice(0, found.index);
      rest = rest.slice(found.index + found[0].length);
    }
  }
}
