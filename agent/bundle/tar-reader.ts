// Reads a tar archive front to back, once. File contents are handed over as they pass, under numbers, so that nothing is
// ever written under a name from the archive before the whole archive has been seen.

import type { ByteReader, Soon } from './byte-reader.ts';
import type { ArchiveEntry } from './entry.ts';
import type { BundleLimits } from './limits.ts';
import { decodeUtf8 } from './names.ts';
import { parsePax } from './pax.ts';
import type { PaxRecords } from './pax.ts';
import { oneLine, quoted, refuse } from './refusal.ts';
import { blockBytes, checksumFits, isNulBlock, parseHeader } from './tar-header.ts';
import type { TarHeader } from './tar-header.ts';

/** What the reader tells, in the order of the archive. */
export interface TarVisitor {
  /** An entry's header; for a file its content follows in pieces. */
  entry(entry: ArchiveEntry): void;
  content(piece: Buffer): void;
  contentEnd(): void;
  warn(warning: string): void;
}

// A header may be announced by others: GNU's long name (L) and long link target (K), or one pax header (x).
interface Announced {
  name: Buffer | null;
  target: Buffer | null;
  pax: PaxRecords | null;
}
const nothingAnnounced = (): Announced => ({ name: null, target: null, pax: null });

/** Reads the whole archive, or refuses it. */
export const readTar = async (reader: ByteReader, limits: BundleLimits, visitor: TarVisitor): Promise<void> => {
  let announced = nothingAnnounced();
  let global: PaxRecords | null = null;
  let headers = 0;
  let recordBytes = 0;
  const recordOf = async (header: TarHeader): Promise<Buffer> => {
    const bytes = await record(reader, header, limits);
    recordBytes += bytes.length;
    // Each is bounded, and so is their number; but together they could keep us busy for hours, and they pack well.
    if (recordBytes > 2 * limits.maxNamesBytes) refuse(`the header records of the tar archive take more than ${2 * limits.maxNamesBytes} bytes`);
    return bytes;
  };
  for (;;) {
    const next = reader.upTo(blockBytes);
    const block = next instanceof Promise ? await next : next;
    if (block.length < blockBytes) refuse(headers === 0 ? 'this is no tar archive: it is too short' : 'the tar archive is cut short: its end marker is missing');
    if (isNulBlock(block)) break;
    if (!checksumFits(block)) refuse(headers === 0 ? 'this is no tar archive: the first header has a wrong checksum' : `the header after ${headers} others has a wrong checksum`);
    if (++headers > 4 * limits.maxEntries + 4) refuse('the tar archive has too many headers');
    const header = parseHeader(block);
    switch (header.type) {
      case 'L':
        if (announced.name !== null || announced.pax?.path !== undefined) refuse('an entry of the tar archive is named twice');
        announced.name = withoutNul(await recordOf(header));
        break;
      case 'K':
        if (announced.target !== null || announced.pax?.linkpath !== undefined) refuse('a link of the tar archive has two targets');
        announced.target = withoutNul(await recordOf(header));
        break;
      case 'x':
      case 'X':
        if (announced.pax !== null) refuse('an entry of the tar archive has two extended headers');
        announced.pax = parsePax(await recordOf(header), false);
        if ((announced.name !== null && announced.pax.path !== undefined) || (announced.target !== null && announced.pax.linkpath !== undefined)) refuse('an entry of the tar archive is named twice');
        break;
      case 'g':
        if (isAnnounced(announced)) refuse('a global header stands between an entry of the tar archive and its extended header');
        global = parsePax(await recordOf(header), true);
        // Said once, not for each entry that it holds for: a long record before many entries would be hours of warnings.
        for (const key of global.ignoredAttributes) visitor.warn(`the attribute ${quoted(key)} of all entries was not restored`);
        break;
      case 'V':
        if (isAnnounced(announced) || header.size !== 0) refuse('the tar archive has a malformed volume label');
        break;
      default: {
        const entry = entryOf(header, announced, global);
        const [attribute, ...others] = announced.pax?.ignoredAttributes ?? [];
        if (attribute !== undefined) visitor.warn(`the attribute ${quoted(attribute)} of ${quoted(entry.name)} was not restored${others.length === 0 ? '' : `, nor ${others.length} others of it`}`);
        announced = nothingAnnounced();
        visitor.entry(entry);
        const content = entry.kind === 'file' ? readContent(reader, entry, visitor) : undefined;
        if (content !== undefined) await content;
      }
    }
  }
  if (isAnnounced(announced)) refuse('the tar archive is cut short: an extended header describes no entry');
  await readEnd(reader, visitor);
};

const isAnnounced = (announced: Announced): boolean => announced.name !== null || announced.target !== null || announced.pax !== null;

const record = async (reader: ByteReader, header: TarHeader, limits: BundleLimits): Promise<Buffer> => {
  if (header.size > limits.maxRecordBytes) refuse(`a header record of the tar archive is larger than ${limits.maxRecordBytes} bytes`);
  const bytes = Buffer.from(await reader.upTo(header.size));
  if (bytes.length < header.size || (await reader.upTo(padding(header.size))).length < padding(header.size)) refuse('the tar archive is cut short within a header record');
  return bytes;
};

// A long name ends in one NUL; another one inside would make two readers see two names.
const withoutNul = (bytes: Buffer): Buffer => (bytes.at(-1) === 0 ? bytes.subarray(0, -1) : bytes);

const padding = (size: number): number => (blockBytes - (size % blockBytes)) % blockBytes;

const octalSizeEnds = 8 * 1024 ** 3;

const entryOf = (header: TarHeader, announced: Announced, global: PaxRecords | null): ArchiveEntry => {
  const name = announced.pax?.path ?? text(announced.name ?? header.name, 'name');
  const stated = announced.pax?.size;
  // Honest writers repeat the size, or use pax for what twelve octal digits cannot hold.
  if (stated !== undefined && stated !== header.size && stated < octalSizeEnds) refuse(`the tar archive gives two different sizes for ${quoted(name)}`);
  const size = stated ?? header.size;
  const common = { name, mode: header.mode, modifiedAt: announced.pax?.modifiedAt ?? global?.modifiedAt ?? header.modifiedAt, content: 0, target: '' };
  const target = (): string => announced.pax?.linkpath ?? text(announced.target ?? header.target, 'link target');
  switch (header.type) {
    case '0':
    case '7':
      // Archives from before directories had a type mark them by the slash.
      if (name.endsWith('/')) return { ...common, kind: 'folder', size };
      return { ...common, kind: 'file', size };
    case '5': return { ...common, kind: 'folder', size };
    case '1': return { ...common, kind: 'hardlink', size, target: target() };
    case '2': return { ...common, kind: 'symlink', size, target: target() };
    case '3': return refuse(`${quoted(name)} is a character device`);
    case '4': return refuse(`${quoted(name)} is a block device`);
    case '6': return refuse(`${quoted(name)} is a named pipe`);
    case 'S': return refuse(`${quoted(name)} is a sparse file; make the archive without --sparse`);
    default: return refuse(`${quoted(name)} has the type ${quoted(oneLine(header.type))}, which is not supported`);
  }
};

const text = (bytes: Buffer, what: string): string =>
  decodeUtf8(bytes) ?? refuse(`the ${what} ${quoted(bytes.toString('latin1'))} in the tar archive is not UTF-8`);

/** At once where all of it is at hand. */
const readContent = (reader: ByteReader, entry: ArchiveEntry, visitor: TarVisitor): Soon<void> => {
  for (let missing = entry.size; missing > 0; ) {
    const piece = reader.some(missing);
    if (piece instanceof Promise) return readRest(reader, entry, visitor, missing, piece);
    missing -= takePiece(piece, entry, visitor);
  }
  return endContent(reader, entry, visitor);
};

const readRest = async (reader: ByteReader, entry: ArchiveEntry, visitor: TarVisitor, left: number, first: Promise<Buffer>): Promise<void> => {
  for (let missing = left - takePiece(await first, entry, visitor); missing > 0; ) missing -= takePiece(await reader.some(missing), entry, visitor);
  return endContent(reader, entry, visitor);
};

const takePiece = (piece: Buffer, entry: ArchiveEntry, visitor: TarVisitor): number => {
  if (piece.length === 0) refuse(`the tar archive is cut short within ${quoted(entry.name)}`);
  visitor.content(piece);
  return piece.length;
};

const endContent = (reader: ByteReader, entry: ArchiveEntry, visitor: TarVisitor): Soon<void> => {
  visitor.contentEnd();
  const check = (found: Buffer): void => {
    if (found.length < padding(entry.size)) refuse(`the tar archive is cut short after ${quoted(entry.name)}`);
  };
  const found = reader.upTo(padding(entry.size));
  return found instanceof Promise ? found.then(check) : check(found);
};

const maxPadding = 1024 ** 2;

// One NUL block has been read. A second should follow, then NULs up to the writer's block size, then nothing.
const readEnd = async (reader: ByteReader, visitor: TarVisitor): Promise<void> => {
  let nuls = 0;
  for (;;) {
    const piece = await reader.some(64 * 1024);
    if (piece.length === 0) break;
    nuls += piece.length;
    if (piece.some((byte) => byte !== 0)) refuse('there is other data behind the end of the tar archive');
    if (nuls > maxPadding) refuse(`there are more than ${maxPadding} bytes of padding behind the end of the tar archive`);
  }
  if (nuls < blockBytes) visitor.warn('the tar archive ends with one block of NULs instead of two');
};
