// Reads the members of a zip archive: kinds, link targets and contents. The layout of the whole file is checked before any
// content is unpacked: members lie one behind the other without gaps or overlaps, and each local header repeats its
// directory entry.

import { createInflateRaw, crc32, inflateRawSync } from 'node:zlib';
import type { ZlibOptions } from 'node:zlib';
import { pipeline } from 'node:stream';
import { checkRatio } from './byte-reader.ts';
import type { Soon } from './byte-reader.ts';
import * as disk from './disk.ts';
import type { ArchiveEntry } from './entry.ts';
import type { BundleLimits } from './limits.ts';
import { decodeUtf8 } from './names.ts';
import { quoted, refuse } from './refusal.ts';
import { openSource } from './zip-source.ts';
import type { ZipSource } from './zip-source.ts';
import { parseExtra, readZipDirectory, widen } from './zip-directory.ts';
import type { ZipMember } from './zip-directory.ts';

export interface ZipArchive {
  /** In the order of the directory; `content` is the index for `unpack`. */
  readonly entries: readonly ArchiveEntry[];
  readonly warnings: readonly string[];
  /** Unpacks one file, handing over its pieces; refuses it when length or checksum differ from what was announced. */
  unpack(content: number, take: (piece: Buffer) => void): Soon<void>;
  close(): void;
}

/** Opens a zip archive and checks all of its structure. */
export const openZip = async (file: string, limits: BundleLimits): Promise<ZipArchive> => {
  const source = openSource(file, limits.maxHeldBytes);
  const { close } = source;
  try {
    const directory = readZipDirectory(source, limits);
    const starts = checkLayout(source, directory.members, directory.offset);
    checkRatio(directory.members.reduce((sum, member) => sum + member.bytes, 0), source.size, limits);
    const unpack = (content: number, take: (piece: Buffer) => void): Soon<void> => unpackMember(source, file, directory.members[content]!, starts[content]!, take, Math.min(wholeAtOnceBytes, limits.maxHeldBytes));
    const entries: ArchiveEntry[] = [];
    for (const [index, member] of directory.members.entries()) {
      const entry = entryOf(member, index, limits, unpack);
      entries.push(entry instanceof Promise ? await entry : entry);
    }
    return { entries, warnings: directory.warnings, unpack, close };
  } catch (error) {
    close();
    throw error;
  }
};

const entryOf = (member: ZipMember, content: number, limits: BundleLimits, unpack: ZipArchive['unpack']): Soon<ArchiveEntry> => {
  const { name, modifiedAt, unixMode } = member;
  const mode = unixMode === null ? null : unixMode & 0o7777;
  const type = (unixMode ?? 0) & 0o170000;
  const isFolderName = name.endsWith('/');
  const common = { name, mode, modifiedAt, size: member.bytes, target: '', content };
  switch (type) {
    case 0:
      return { ...common, kind: isFolderName ? 'folder' : 'file' };
    case 0o040000:
      if (!isFolderName) refuse(`${quoted(name)} is marked as a folder but its name does not end in "/"`);
      return { ...common, kind: 'folder' };
    case 0o100000:
      if (isFolderName) refuse(`${quoted(name)} is marked as a file but its name ends in "/"`);
      return { ...common, kind: 'file' };
    case 0o120000: {
      if (member.bytes > limits.maxPathBytes) refuse(`the target of the link ${quoted(name)} is longer than ${limits.maxPathBytes} bytes`);
      const pieces: Buffer[] = [];
      const unpacked = unpack(content, (piece) => void pieces.push(Buffer.from(piece)));
      const link = (): ArchiveEntry => {
        const target = decodeUtf8(Buffer.concat(pieces)) ?? refuse(`the target of the link ${quoted(name)} is not UTF-8`);
        return { ...common, kind: 'symlink', size: 0, target };
      };
      return unpacked instanceof Promise ? unpacked.then(link) : link();
    }
    default:
      return refuse(`${quoted(name)} is a device, a named pipe or a socket`);
  }
};

// Returns where each member's data starts. Sorted by place, every member must begin where the one before ended.
const checkLayout = (source: ZipSource, members: readonly ZipMember[], directoryOffset: number): readonly number[] => {
  const starts = new Array<number>(members.length);
  const order = [...members.keys()].sort((left, right) => members[left]!.localOffset - members[right]!.localOffset);
  let expected = 0;
  for (const [rank, index] of order.entries()) {
    const member = members[index]!;
    if (member.localOffset < expected) refuse(`${quoted(member.name)} overlaps another entry of the zip archive`);
    if (member.localOffset > expected) refuse(`the zip archive has ${member.localOffset - expected} bytes before ${quoted(member.name)} that belong to no entry`);
    const start = checkLocalHeader(source, member);
    starts[index] = start;
    const nextRank = order[rank + 1];
    const next = nextRank === undefined ? directoryOffset : members[nextRank]!.localOffset;
    const end = start + member.packedBytes;
    if (end > next) refuse(`${quoted(member.name)} overlaps ${nextRank === undefined ? 'the central directory' : 'another entry'} of the zip archive`);
    if ((member.flags & 8) !== 0) checkDescriptor(source, member, end, next - end);
    expected = (member.flags & 8) === 0 ? end : next;
  }
  if (expected !== directoryOffset) refuse(`the zip archive has ${directoryOffset - expected} bytes before its central directory that belong to no entry`);
  return starts;
};

const checkLocalHeader = (source: ZipSource, member: ZipMember): number => {
  const header = source.readAt(member.localOffset, 30 + member.rawName.length + 4096);
  if (header.length < 30 || header.readUInt32LE(0) !== 0x04034b50) refuse(`${quoted(member.name)} has no header where the zip archive's directory says`);
  const nameEnd = 30 + header.readUInt16LE(26);
  const extraLength = header.readUInt16LE(28);
  if (header.length < nameEnd || !header.subarray(30, nameEnd).equals(member.rawName)) refuse(`${quoted(member.name)} has another name in its own header than in the zip archive's directory`);
  const lies = (what: string): never => refuse(`${quoted(member.name)} has ${what} in its own header than in the zip archive's directory`);
  const flags = header.readUInt16LE(6);
  if ((flags & 0x2041) !== 0) refuse(`${quoted(member.name)} is encrypted`);
  if ((flags & 0x808) !== (member.flags & 0x808)) lies('other flags');
  if (header.readUInt16LE(8) !== member.method) lies('another method');
  const extra = parseExtra(source.readAt(member.localOffset + nameEnd, extraLength));
  const isStreamed = (flags & 8) !== 0;
  const unicode = extra.get(0x7075);
  if (unicode !== undefined && decodeUtf8(unicode.subarray(5)) !== member.name) lies('another Unicode name');
  const field = extra.get(1) ?? null;
  const [short, shortPacked] = [header.readUInt32LE(22), header.readUInt32LE(18)];
  // A streaming writer did not know the sizes yet: it leaves zeros here, in zip64 form too, and appends a descriptor.
  const [bytes, packedBytes] = isStreamed && isUnknown(short, shortPacked, field) ? [0, 0] : widen(field, [short, shortPacked], member.name);
  const knows = !isStreamed || bytes !== 0 || packedBytes !== 0;
  if (knows && (bytes !== member.bytes || packedBytes !== member.packedBytes)) lies('other sizes');
  const crc = header.readUInt32LE(14);
  if (crc !== member.crc && !(isStreamed && crc === 0)) lies('another checksum');
  return member.localOffset + nameEnd + extraLength;
};

const isUnknown = (short: number, shortPacked: number, field: Buffer | null): boolean =>
  (short === 0 && shortPacked === 0) || (field !== null && short === 0xffffffff && shortPacked === 0xffffffff && field.every((byte) => byte === 0));

// What follows streamed data: checksum and sizes, with or without a signature, 32 or 64 bits wide. It must fill the room to
// the next record exactly.
const checkDescriptor = (source: ZipSource, member: ZipMember, at: number, room: number): void => {
  const fits = (isSigned: boolean, isWide: boolean): boolean => {
    if (room !== (isSigned ? 8 : 4) + (isWide ? 16 : 8)) return false;
    const found = source.readAt(at, room).subarray(isSigned ? 4 : 0);
    const [packed, bytes] = isWide ? [Number(found.readBigUInt64LE(4)), Number(found.readBigUInt64LE(12))] : [found.readUInt32LE(4), found.readUInt32LE(8)];
    const isMarked = !isSigned || source.readAt(at, 4).readUInt32LE(0) === 0x08074b50;
    return isMarked && found.readUInt32LE(0) === member.crc && packed === member.packedBytes && bytes === member.bytes;
  };
  if (fits(true, false) || fits(true, true) || fits(false, false) || fits(false, true)) return;
  refuse(`the data of ${quoted(member.name)} is not followed by a descriptor that repeats its sizes and checksum`);
};

const wholeAtOnceBytes = 1024 ** 2;

/** A small member is unpacked at once. */
const unpackMember = (source: ZipSource, file: string, member: ZipMember, start: number, take: (piece: Buffer) => void, mostAtOnce: number): Soon<void> => {
  const damaged = (what: string): never => refuse(`${quoted(member.name)} is damaged: ${what}`);
  let bytes = 0;
  let crc = 0;
  const check = (piece: Buffer): void => {
    bytes += piece.length;
    if (bytes > member.bytes) damaged(`it unpacks to more than the ${member.bytes} bytes announced`);
    crc = crc32(piece, crc);
    take(piece);
  };
  const checkEnd = (): void => {
    if (bytes !== member.bytes) damaged(`it unpacks to ${bytes} bytes instead of the ${member.bytes} announced`);
    if (crc !== member.crc) damaged('its checksum is wrong');
  };
  if (member.method === 0) {
    if (member.packedBytes !== member.bytes) damaged('it is stored with two different sizes');
    for (let at = 0; at < member.packedBytes; ) {
      const piece = source.readAt(start + at, Math.min(wholeAtOnceBytes, member.packedBytes - at));
      if (piece.length === 0) damaged('it is cut short');
      check(piece);
      at += piece.length;
    }
  } else if (member.packedBytes <= mostAtOnce && member.bytes <= mostAtOnce) {
    const used = inflateAtOnce(source.readAt(start, member.packedBytes), member.bytes, check, damaged);
    if (used !== member.packedBytes) damaged('there is other data behind its own');
  } else {
    return inflateStream(file, member, start, check, damaged).then(checkEnd);
  }
  checkEnd();
};

const inflateStream = async (file: string, member: ZipMember, start: number, check: (piece: Buffer) => void, damaged: (what: string) => never): Promise<void> => {
  const inflate = createInflateRaw({ chunkSize: 256 * 1024, readableHighWaterMark: 1024 ** 2 } as ZlibOptions);
  const packed = disk.createReadStream(file, { start, end: start + member.packedBytes - 1, highWaterMark: 256 * 1024 });
  pipeline(packed, inflate, () => undefined);
  try {
    for await (const piece of inflate) check(piece as Buffer);
  } catch (error) {
    if (typeof (error as NodeJS.ErrnoException).code === 'string') damaged((error as Error).message);
    throw error;
  } finally {
    packed.destroy();
    inflate.destroy();
  }
  if (inflate.bytesWritten !== member.packedBytes) damaged('there is other data behind its own');
};

// Ten times faster than a stream for a small member. Returns how many packed bytes were used.
const inflateAtOnce = (packed: Buffer, bytes: number, check: (piece: Buffer) => void, damaged: (what: string) => never): number => {
  try {
    const { buffer, engine } = inflateRawSync(packed, { info: true, maxOutputLength: Math.max(bytes, 1), chunkSize: Math.min(Math.max(bytes + 1, 64), wholeAtOnceBytes) }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    check(buffer);
    return engine.bytesWritten;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') damaged(`it unpacks to more than the ${bytes} bytes announced`);
    if (code?.startsWith('Z_') === true) damaged((error as Error).message);
    throw error;
  }
};
