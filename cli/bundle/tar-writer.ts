// Writes a tar: ustar headers, with a pax record before an entry whose name, link target or size does not fit. Owners are
// always 0, so that files on a host never belong to the build machine's users, and equal folders give equal bytes.

import type { FolderEntry } from './list-folder.ts';

const blockBytes = 512;
const endOfArchive = Buffer.alloc(2 * blockBytes);
const types = { file: '0', symlink: '2', folder: '5', pax: 'x' } as const;
const largestOctalSize = 0o77777777777;

/** The bytes of a tar of these entries. `read` gives a file's content, exactly `size` bytes of it. */
export async function* writeTar(
  entries: Iterable<FolderEntry>,
  read: (entry: FolderEntry) => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for (const entry of entries) {
    yield* headersOf(entry);
    if (entry.kind !== 'file') continue;
    yield* read(entry);
    const rest = entry.size % blockBytes;
    if (rest > 0) yield Buffer.alloc(blockBytes - rest);
  }
  yield endOfArchive;
}

function headersOf(entry: FolderEntry): readonly Uint8Array[] {
  const name = entry.kind === 'folder' ? `${entry.name}/` : entry.name;
  const records: string[] = [];
  if (!fits(name)) records.push(paxRecord('path', name));
  if (!fits(entry.target)) records.push(paxRecord('linkpath', entry.target));
  if (entry.size > largestOctalSize) records.push(paxRecord('size', String(entry.size)));
  const header = headerBlock({ name, type: types[entry.kind], mode: entry.mode, size: entry.size, modifiedAtSeconds: entry.modifiedAtSeconds, target: entry.target });
  if (records.length === 0) return [header];
  const body = Buffer.from(records.join(''));
  const pax = headerBlock({ name: 'pax', type: types.pax, mode: 0o644, size: body.length, modifiedAtSeconds: 0, target: '' });
  return [pax, body, Buffer.alloc((blockBytes - (body.length % blockBytes)) % blockBytes), header];
}

/** Plain ASCII of at most 100 bytes stands in the header itself; the rest goes into a pax record. */
const fits = (text: string): boolean => text.length <= 100 && /^[\x20-\x7e]*$/.test(text);

/** `length key=value\n`, where length counts itself. */
function paxRecord(key: string, value: string): string {
  const body = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(body);
  let length = bytes + String(bytes).length;
  if (bytes + String(length).length > length) length += 1;
  return `${length}${body}`;
}

interface Header {
  readonly name: string;
  readonly type: string;
  readonly mode: number;
  readonly size: number;
  readonly modifiedAtSeconds: number;
  readonly target: string;
}

function headerBlock(header: Header): Buffer {
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, offset: number, width: number): void => {
    block.write(`${value.toString(8).padStart(width - 1, '0')}\0`, offset, 'latin1');
  };
  block.write(asciiHead(header.name), 0, 100, 'latin1');
  octal(header.mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(Math.min(header.size, largestOctalSize), 124, 12);
  octal(Math.min(header.modifiedAtSeconds, largestOctalSize), 136, 12);
  block.fill(' ', 148, 156);
  block.write(header.type, 156, 'latin1');
  block.write(asciiHead(header.target), 157, 100, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** What old readers see of a name that has a pax record. */
const asciiHead = (text: string): string => text.replace(/[^\x20-\x7e]/g, '_').slice(0, 100);
