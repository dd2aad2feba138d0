// The 512-byte header block of a tar archive: v7, ustar and GNU. Pure. Fields that no honest writer fills this way are
// refused here, because what one reader ignores is what another one trips over.

import { refuse } from './refusal.ts';

export const blockBytes = 512;

export interface TarHeader {
  /** Raw bytes, prefix included where the format has one; like `target` a part of the block, and good as long as that. */
  readonly name: Buffer;
  readonly target: Buffer;
  readonly mode: number;
  readonly size: number;
  readonly modifiedAt: number;
  /** The type as one character; '0' for the NUL of old archives. */
  readonly type: string;
}

/** Whether a block is all NULs: two of them end an archive. */
export const isNulBlock = (block: Buffer): boolean => block[0] === 0 && block.compare(nulBlock, 0, block.length) === 0;
const nulBlock = Buffer.alloc(blockBytes);

/** Whether the header's checksum fits it. Old writers summed signed bytes. */
export const checksumFits = (block: Buffer): boolean => {
  const field = /^ *([0-7]{1,7})[ \0]*$/.exec(block.toString('latin1', 148, 156));
  if (field === null) return false;
  const recorded = parseInt(field[1]!, 8);
  bytes.set(block);
  bytes.fill(0x20, 148, 156);
  // Four bytes at a time, in two sums of 16 bits each: 128 times twice 255 just fits.
  let sums = 0;
  for (let index = 0; index < words.length; index += 1) sums = (sums + (words[index]! & 0x00ff00ff) + ((words[index]! >>> 8) & 0x00ff00ff)) | 0;
  const unsigned = (sums >>> 16) + (sums & 0xffff);
  return recorded === unsigned || recorded === unsigned - 256 * countHigh();
};

const words = new Uint32Array(blockBytes / 4);
const bytes = new Uint8Array(words.buffer);

/** Each of these counts as 256 less where bytes are signed. */
const countHigh = (): number => bytes.reduce((count, byte) => (byte < 128 ? count : count + 1), 0);

/** Reads a header block whose checksum fits. */
export const parseHeader = (block: Buffer): TarHeader => {
  // Whatever version follows, as other readers have it; GNU's own headers, with a blank there, have times in its place.
  const hasPrefix = block.toString('latin1', 257, 263) === 'ustar\0';
  const name = cString(block, 0, 100);
  const prefix = hasPrefix ? cString(block, 345, 155) : Buffer.alloc(0);
  const typeByte = block[156]!;
  return {
    name: prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]),
    target: cString(block, 157, 100),
    mode: number(block, 100, 8, 'mode') & 0o7777,
    size: number(block, 124, 12, 'size'),
    modifiedAt: number(block, 136, 12, 'time', true),
    type: typeByte === 0 ? '0' : String.fromCharCode(typeByte),
  };
};

const cString = (block: Buffer, offset: number, length: number): Buffer => {
  const end = block.indexOf(0, offset);
  return block.subarray(offset, end === -1 ? offset + length : Math.min(end, offset + length));
};

// Octal text, or GNU's base 256 when the first bit is set (the second bit is then the sign).
const number = (block: Buffer, offset: number, length: number, what: string, mayBeNegative = false): number => {
  const first = block[offset]!;
  if ((first & 0x80) !== 0) {
    const isNegative = (first & 0x40) !== 0;
    let value = BigInt(first & 0x3f);
    for (let index = 1; index < length; index += 1) value = (value << 8n) | BigInt(block[offset + index]!);
    if (isNegative) value -= 1n << BigInt(length * 8 - 2);
    if (isNegative && !mayBeNegative) refuse(`a header of the tar archive has a negative ${what}`);
    if (!Number.isSafeInteger(Number(value)) && !mayBeNegative) refuse(`a header of the tar archive has an impossible ${what}`);
    return Number(value);
  }
  // As nearly all writers have it: digits to the end, then one NUL or blank.
  let value = 0;
  let at = offset;
  while (at < offset + length - 1 && block[at]! >= 0x30 && block[at]! <= 0x37) value = value * 8 + (block[at++]! - 0x30);
  if (at === offset + length - 1 && (block[at] === 0 || block[at] === 0x20)) return value;
  const field = block.toString('latin1', offset, offset + length);
  const digits = /^[ \0]*$/.test(field) ? '0' : /^ *(-?[0-7]+)(?:[ \0]|$)/.exec(field)?.[1];
  if (digits === undefined || (digits.startsWith('-') && !mayBeNegative)) return refuse(`a header of the tar archive has a ${what} that is no octal number`);
  return parseInt(digits, 8);
};
