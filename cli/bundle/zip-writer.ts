// Writes a zip in one pass: sizes and checksums follow each file in a data descriptor, modes and links go into the
// directory's Unix attributes. Without zip64: what needs it is refused, with tgz as the way out.

import { crc32, createDeflateRaw } from 'node:zlib';
import { Readable, pipeline } from 'node:stream';
import type { FolderEntry } from './list-folder.ts';
import { showPrintable } from '../printable.ts';
import { Refusal } from '../refusal.ts';

const stored = 0;
const deflated = 8;
/** Bit 3: sizes follow the data. Bit 11: names are UTF-8. */
const flags = 0x0808;
const largest = 0xffff_ffff;
const mostEntries = 0xffff;
const fileTypes = { file: 0o100000, symlink: 0o120000, folder: 0o040000 } as const;

interface Written {
  readonly entry: FolderEntry;
  readonly name: Buffer;
  readonly method: number;
  readonly offset: number;
  readonly crc: number;
  readonly size: number;
  readonly packedSize: number;
}

/** The bytes of a zip of these entries. `read` gives a file's content, exactly `size` bytes of it. Throws a Refusal beyond 4 GiB or 65 535 entries. */
export async function* writeZip(
  entries: Iterable<FolderEntry>,
  read: (entry: FolderEntry) => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const directory: Written[] = [];
  let offset = 0;
  for (const entry of entries) {
    if (directory.length === mostEntries) throw tooLarge(`The folder has more than ${mostEntries} entries`);
    const name = Buffer.from(entry.kind === 'folder' ? `${entry.name}/` : entry.name);
    const method = entry.kind === 'file' ? deflated : stored;
    const start = offset;
    const tally = { crc: 0, size: 0, packedSize: 0 };
    const header = localHeader(name, method, entry);
    yield header;
    for await (const chunk of contentOf(entry, read, tally)) {
      tally.packedSize += chunk.length;
      yield chunk;
    }
    if (tally.size > largest || tally.packedSize > largest) throw tooLarge(`${showPrintable(entry.name)} is larger than 4 GiB`);
    yield descriptor(tally);
    offset += header.length + tally.packedSize + 16;
    if (offset > largest) throw tooLarge('The bundle becomes larger than 4 GiB');
    directory.push({ entry, name, method, offset: start, ...tally });
  }
  const records = directory.map(directoryRecord);
  yield* records;
  yield endRecord(directory.length, records.reduce((sum, record) => sum + record.length, 0), offset);
}

const tooLarge = (what: string): Refusal => new Refusal(`${what}, which this zip writer does not do. Use --bundle-type tgz.`);

interface Tally {
  crc: number;
  size: number;
  packedSize: number;
}

async function* contentOf(entry: FolderEntry, read: (entry: FolderEntry) => AsyncIterable<Uint8Array>, tally: Tally): AsyncGenerator<Uint8Array> {
  if (entry.kind === 'folder') return;
  const count = async function* (source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      tally.crc = crc32(chunk, tally.crc);
      tally.size += chunk.length;
      yield chunk;
    }
  };
  if (entry.kind === 'symlink') {
    yield* count([Buffer.from(entry.target)]);
    return;
  }
  const deflate = createDeflateRaw();
  // An error of either side surfaces where `deflate` is read.
  pipeline(Readable.from(count(read(entry))), deflate, () => {});
  yield* deflate as AsyncIterable<Uint8Array>;
}

function localHeader(name: Buffer, method: number, entry: FolderEntry): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  header.writeUInt16LE(flags, 6);
  header.writeUInt16LE(method, 8);
  header.writeUInt32LE(dosTime(entry.modifiedAtSeconds), 10);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, name]);
}

function descriptor(tally: Tally): Buffer {
  const record = Buffer.alloc(16);
  record.writeUInt32LE(0x08074b50, 0);
  record.writeUInt32LE(tally.crc, 4);
  record.writeUInt32LE(tally.packedSize, 8);
  record.writeUInt32LE(tally.size, 12);
  return record;
}

function directoryRecord(written: Written): Buffer {
  const record = Buffer.alloc(46);
  record.writeUInt32LE(0x02014b50, 0);
  record.writeUInt16LE((3 << 8) | 20, 4); // made on Unix: the mode below counts
  record.writeUInt16LE(20, 6);
  record.writeUInt16LE(flags, 8);
  record.writeUInt16LE(written.method, 10);
  record.writeUInt32LE(dosTime(written.entry.modifiedAtSeconds), 12);
  record.writeUInt32LE(written.crc, 16);
  record.writeUInt32LE(written.packedSize, 20);
  record.writeUInt32LE(written.size, 24);
  record.writeUInt16LE(written.name.length, 28);
  const dosFolder = written.entry.kind === 'folder' ? 0x10 : 0;
  record.writeUInt32LE((((fileTypes[written.entry.kind] | written.entry.mode) << 16) | dosFolder) >>> 0, 38);
  record.writeUInt32LE(written.offset, 42);
  return Buffer.concat([record, written.name]);
}

function endRecord(count: number, directoryBytes: number, directoryOffset: number): Buffer {
  const record = Buffer.alloc(22);
  record.writeUInt32LE(0x06054b50, 0);
  record.writeUInt16LE(count, 8);
  record.writeUInt16LE(count, 10);
  record.writeUInt32LE(directoryBytes, 12);
  record.writeUInt32LE(directoryOffset, 16);
  return record;
}

/** Date and time as MS-DOS had them, in UTC, between 1980 and 2107, to two seconds. */
function dosTime(seconds: number): number {
  const at = new Date(Math.min(Math.max(seconds, 315_532_800), 4_354_819_198) * 1000);
  const date = ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate();
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1);
  return ((date << 16) | time) >>> 0;
}
