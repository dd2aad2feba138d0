// The central directory of a zip archive: the list that counts. Everything the local headers and the end records say again
// is cross-checked against it (here and in zip-reader.ts), and every byte of the file must belong to exactly one record: two readers
// that believe different parts of a zip see two different bundles.

import { crc32 } from 'node:zlib';
import type { BundleLimits } from './limits.ts';
import { decodeCp437, decodeUtf8 } from './names.ts';
import { quoted, refuse } from './refusal.ts';
import type { ZipSource } from './zip-source.ts';

export interface ZipMember {
  readonly name: string;
  readonly rawName: Buffer;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly localOffset: number;
  /** Unix mode with its type bits, or null where the archive was made elsewhere. */
  readonly unixMode: number | null;
  readonly modifiedAt: number;
}

export interface ZipDirectory {
  readonly members: readonly ZipMember[];
  readonly offset: number;
  readonly warnings: readonly string[];
}

const endBytes = 22;
const full16 = 0xffff;
const full32 = 0xffffffff;

/** Reads and checks the central directory of the open file. */
export const readZipDirectory = (source: ZipSource, limits: BundleLimits): ZipDirectory => {
  const end = findEnd(source);
  if (end.entries > limits.maxEntries) refuse(`the bundle has more than ${limits.maxEntries} entries`);
  if (end.offset + end.size !== end.directoryEnd) refuse('the zip archive has a central directory that is not where its end record says');
  if (end.size > end.entries * (46 + 3 * full16)) refuse('the zip archive has a central directory larger than its entries can be');
  if (end.size > 2 * limits.maxNamesBytes + limits.maxEntries * 64) refuse('the zip archive has a central directory that is too large');
  const bytes = source.readAt(end.offset, end.size);
  if (bytes.length < end.size) refuse('the zip archive is cut short');
  const members: ZipMember[] = [];
  const warnings: string[] = [];
  let at = 0;
  for (let index = 0; index < end.entries; index += 1) {
    const { member, next, warning } = parseMember(bytes, at);
    if (warning !== null && warnings.length === 0) warnings.push(warning);
    members.push(member);
    at = next;
  }
  if (at !== bytes.length) refuse('the zip archive has more in its central directory than its end record counts');
  return { members, offset: end.offset, warnings };
};

interface End {
  readonly entries: number;
  readonly size: number;
  readonly offset: number;
  /** Where the central directory must end: at the zip64 end record if there is one, else at the end record. */
  readonly directoryEnd: number;
}

const findEnd = (source: ZipSource): End => {
  const tailOffset = Math.max(0, source.size - endBytes - full16);
  const tail = source.readAt(tailOffset, source.size - tailOffset);
  const found: number[] = [];
  for (let at = tail.length - endBytes; at >= 0; at -= 1) {
    if (tail.readUInt32LE(at) === 0x06054b50 && at + endBytes + tail.readUInt16LE(at + 20) === tail.length) found.push(at);
  }
  if (found.length === 0) refuse('this is no zip archive, or it is cut short or has other data behind it: it does not end in an end record');
  if (found.length > 1) refuse('the zip archive has two end records');
  const at = found[0]!;
  const record = tail.subarray(at);
  if (record.readUInt16LE(4) !== 0 && record.readUInt16LE(4) !== full16) refuse('the zip archive is one part of several');
  const plain = { entries: record.readUInt16LE(10), size: record.readUInt32LE(12), offset: record.readUInt32LE(16) };
  const endOffset = tailOffset + at;
  const locator = endOffset >= 20 ? source.readAt(endOffset - 20, 20) : Buffer.alloc(20);
  if (locator.readUInt32LE(0) !== 0x07064b50) {
    if (record.readUInt16LE(6) !== 0 || record.readUInt16LE(8) !== plain.entries) refuse('the zip archive is one part of several');
    if (plain.entries === full16 || plain.size === full32 || plain.offset === full32) refuse('the zip archive lacks the zip64 record that its end record announces');
    return { ...plain, directoryEnd: endOffset };
  }
  const endOffset64 = wide(locator, 8);
  if (locator.readUInt32LE(4) !== 0 || locator.readUInt32LE(16) > 1 || endOffset64 !== endOffset - 20 - 56) refuse('the zip archive has a zip64 locator that points elsewhere');
  const record64 = source.readAt(endOffset64, 56);
  if (record64.length < 56 || record64.readUInt32LE(0) !== 0x06064b50 || wide(record64, 4) !== 44) refuse('the zip archive has a damaged zip64 end record');
  const wideEnd = { entries: wide(record64, 32), size: wide(record64, 40), offset: wide(record64, 48) };
  const agrees = (short: number, full: number, long: number): boolean => short === full || short === long;
  if (
    wide(record64, 24) !== wideEnd.entries || record64.readUInt32LE(16) !== 0 || record64.readUInt32LE(20) !== 0 ||
    !agrees(plain.entries, full16, wideEnd.entries) || !agrees(plain.size, full32, wideEnd.size) || !agrees(plain.offset, full32, wideEnd.offset)
  ) refuse('the zip archive has a zip64 end record that contradicts the other end record');
  return { ...wideEnd, directoryEnd: endOffset64 };
};

const wide = (buffer: Buffer, offset: number): number => {
  const value = buffer.readBigUInt64LE(offset);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) refuse('the zip archive has an impossible 64-bit number');
  return Number(value);
};

const parseMember = (bytes: Buffer, at: number): { member: ZipMember; next: number; warning: string | null } => {
  if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== 0x02014b50) refuse('the zip archive has a damaged central directory');
  const madeBy = bytes.readUInt8(at + 5);
  const flags = bytes.readUInt16LE(at + 8);
  const method = bytes.readUInt16LE(at + 10);
  const nameEnd = at + 46 + bytes.readUInt16LE(at + 28);
  const extraEnd = nameEnd + bytes.readUInt16LE(at + 30);
  const next = extraEnd + bytes.readUInt16LE(at + 32);
  if (next > bytes.length) refuse('the zip archive has a damaged central directory');
  const rawName = bytes.subarray(at + 46, nameEnd);
  const extra = parseExtra(bytes.subarray(nameEnd, extraEnd));
  const decoded = decodeName(rawName, flags, extra);
  const isDos = madeBy === 0 && decoded.includes('\\') && !decoded.includes('/');
  const name = isDos ? decoded.replaceAll('\\', '/') : decoded;
  if ((flags & 0x2041) !== 0) refuse(`${quoted(name)} is encrypted`);
  if ((flags & 0x20) !== 0) refuse(`${quoted(name)} is patch data`);
  if (method !== 0 && method !== 8) refuse(`${quoted(name)} is packed with method ${method}; only stored and deflated entries are supported`);
  const disk16 = bytes.readUInt16LE(at + 34);
  const [size, packed, offset] = widen(extra.get(1) ?? null, [bytes.readUInt32LE(at + 24), bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 42)], name);
  if (disk16 !== 0 && disk16 !== full16) refuse('the zip archive is one part of several');
  const attributes = bytes.readUInt16LE(at + 40);
  const isUnix = madeBy === 3 || madeBy === 19;
  const typeBits = attributes & 0o170000;
  // A link or a device counts whoever claims to have made the archive.
  const isSpecial = typeBits !== 0 && typeBits !== 0o040000 && typeBits !== 0o100000;
  const member: ZipMember = {
    name, rawName, flags, method, crc: bytes.readUInt32LE(at + 16), packedBytes: packed!, bytes: size!, localOffset: offset!,
    unixMode: (isUnix && attributes !== 0) || isSpecial ? attributes : null,
    modifiedAt: timeOf(extra.get(0x5455) ?? null, bytes.readUInt16LE(at + 14), bytes.readUInt16LE(at + 12)),
  };
  return { member, next, warning: isDos ? `the name ${quoted(decoded)} uses backslashes as separators` : null };
};

/** Splits extra data into its fields; the first of each kind counts, and a second one is refused. */
export const parseExtra = (bytes: Buffer): ReadonlyMap<number, Buffer> => {
  const fields = new Map<number, Buffer>();
  let at = 0;
  while (at + 4 <= bytes.length) {
    const kind = bytes.readUInt16LE(at);
    const end = at + 4 + bytes.readUInt16LE(at + 2);
    if (end > bytes.length) refuse('the zip archive has a damaged extra field');
    if (fields.has(kind) && (kind === 1 || kind === 0x7075)) refuse('the zip archive gives an extra field twice');
    fields.set(kind, bytes.subarray(at + 4, end));
    at = end;
  }
  // Alignment tools leave up to three NULs.
  if (bytes.subarray(at).some((byte) => byte !== 0)) refuse('the zip archive has a damaged extra field');
  return fields;
};

/** Replaces each full 32-bit value by its 64-bit one from the zip64 field, in the field's fixed order. */
export const widen = (field: Buffer | null, values: readonly number[], name: string): readonly number[] => {
  let at = 0;
  const result = values.map((value) => {
    if (value !== full32) return value;
    if (field === null || at + 8 > field.length) return refuse(`${quoted(name)} lacks the zip64 sizes that it announces`);
    at += 8;
    return wide(field, at - 8);
  });
  // Some writers add the field although nothing needs it; then it must say the same.
  if (field !== null && at === 0 && field.length >= 8) {
    const stated = [...Array(Math.min(values.length, Math.floor(field.length / 8))).keys()].map((index) => wide(field, index * 8));
    if (stated.some((value, index) => value !== values[index])) refuse(`${quoted(name)} has zip64 sizes that contradict its other sizes`);
  }
  return result;
};

const decodeName = (raw: Buffer, flags: number, extra: ReadonlyMap<number, Buffer>): string => {
  const unicode = extra.get(0x7075);
  if (unicode !== undefined && unicode.length > 5 && unicode[0] === 1 && unicode.readUInt32LE(1) === crc32(raw)) {
    return decodeUtf8(unicode.subarray(5)) ?? refuse(`the Unicode name of ${quoted(raw.toString('latin1'))} is not UTF-8`);
  }
  const text = decodeUtf8(raw);
  if (text !== null) return text;
  if ((flags & 0x800) !== 0) refuse(`the name ${quoted(raw.toString('latin1'))} in the zip archive is marked as UTF-8 but is not`);
  return decodeCp437(raw);
};

// The "UT" field has seconds since the epoch; the DOS fields have a local time whose zone nobody knows, taken for UTC.
const timeOf = (stamp: Buffer | null, date: number, time: number): number => {
  if (stamp !== null && stamp.length >= 5 && (stamp[0]! & 1) !== 0) return stamp.readInt32LE(1);
  const utc = Date.UTC(1980 + (date >> 9), Math.max(((date >> 5) & 15) - 1, 0), Math.max(date & 31, 1), time >> 11, (time >> 5) & 63, (time & 31) * 2);
  return utc / 1000;
};
