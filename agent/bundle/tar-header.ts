// The 512-byte header block of a tar archive: v7, ustar and GNU. Pure. Fields that no honest writer fills this way are
// refused here, because what one reader ignores is what another one trips over.

import { refuse } from './refusal.ts';

export const blockBytes = 512;

export interface TarHeader {
  /** Raw bytes, prefix included where the format has one. */
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
  let unsigned = 8 * 32;
  let signed = 8 * 32;
  for (let index = 0; index < blockBytes; index += 1) {
    if (index === 148) index = 156;
    const byte = block[index]!;
    unsigned += byte;
    signed += byte < 128 ? byte : byte - 256;
  }
  const recorded = parseInt(field[1]!, 8);
  return recorded === unsigned || recorded === signed;
};

/** Reads a header block whose checksum fits. */
export const parseHeader = (block: Buffer): TarHeader => {
  const magic = block.toString('latin1', 257, 265);
  const name = cString(block, 0, 100);
  const prefix = magic === 'ustar\u000000' ? cString(block, 345, 155) : Buffer.alloc(0);
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

// The block's memory is used again for the next one, hence the copies.
const cString = (block: Buffer, offset: number, length: number): Buffer => {
  const field = block.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return Buffer.from(end === -1 ? field : field.subarray(0, end));
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
  const field = block.toString('latin1', offset, offset + length);
  const digits = /^[ \0]*$/.test(field) ? '0' : /^ *(-?[0-7]+)(?:[ \0]|$)/.exec(field)?.[1];
  if (digits === undefined || (digits.startsWith('-') && !mayBeNegative)) return refuse(`a header of the tar archive has a ${what} that is no octal number`);
  return parseInt(digits, 8);
};
