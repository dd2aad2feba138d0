// Zip archives byte by byte: every field of local header, directory entry and end record can be made wrong on purpose.

import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipRecord {
  readonly name: string | Buffer;
  readonly content?: string | Buffer;
  readonly method?: number;
  readonly flags?: number;
  /** Unix mode with type bits; null leaves the attributes to DOS. */
  readonly unixMode?: number | null;
  readonly madeBy?: number;
  readonly extra?: Buffer;
  readonly localExtra?: Buffer;
  /** Lies: what the directory or the local header says instead of the truth. */
  readonly central?: { readonly crc?: number; readonly size?: number; readonly packed?: number; readonly offset?: number; readonly flags?: number; readonly method?: number; readonly disk?: number; readonly name?: string };
  readonly local?: { readonly crc?: number; readonly size?: number; readonly packed?: number; readonly name?: string; readonly flags?: number; readonly method?: number };
  /** Streamed: zeros in the local header, and this descriptor behind the data. */
  readonly descriptor?: 'signed' | 'unsigned' | 'wide' | 'wrong';
  readonly packedContent?: Buffer;
  readonly skipCentral?: boolean;
  readonly skipLocal?: boolean;
}

export interface ZipShape {
  readonly prefix?: Buffer;
  readonly gap?: Buffer;
  readonly comment?: Buffer;
  readonly entries?: number;
  readonly directoryOffset?: number;
  readonly directorySize?: number;
  readonly zip64?: 'honest' | 'other-count' | 'other-offset' | 'missing-record';
  readonly tail?: Buffer;
  readonly disk?: number;
}

const numbers = (...fields: readonly (readonly [bytes: 2 | 4 | 8, value: number])[]): Buffer =>
  Buffer.concat(fields.map(([bytes, value]) => {
    const field = Buffer.alloc(8);
    field.writeBigUInt64LE(BigInt(value));
    return field.subarray(0, bytes);
  }));

const packed = (r: ZipRecord): { raw: Buffer; data: Buffer; crc: number; method: number } => {
  const raw = Buffer.from(r.content ?? '');
  const method = r.method ?? 8;
  return { raw, data: r.packedContent ?? (method === 8 ? deflateRawSync(raw) : raw), crc: crc32(raw), method };
};

/** A whole archive. */
export const zip = (records: readonly ZipRecord[], shape: ZipShape = {}): Buffer => {
  const locals: Buffer[] = [shape.prefix ?? Buffer.alloc(0)];
  const centrals: Buffer[] = [];
  let offset = locals[0]!.length;
  for (const r of records) {
    const { raw, data, crc, method } = packed(r);
    const name = Buffer.from(r.name);
    const isStreamed = r.descriptor !== undefined;
    const flags = (r.flags ?? 0x800) | (isStreamed ? 8 : 0);
    const localName = r.local?.name === undefined ? name : Buffer.from(r.local.name);
    const localExtra = r.localExtra ?? Buffer.alloc(0);
    const local = Buffer.concat([
      numbers([4, 0x04034b50], [2, 20], [2, r.local?.flags ?? flags], [2, r.local?.method ?? method], [4, 0x50_8a_00_00],
        [4, r.local?.crc ?? (isStreamed ? 0 : crc)], [4, r.local?.packed ?? (isStreamed ? 0 : data.length)], [4, r.local?.size ?? (isStreamed ? 0 : raw.length)], [2, localName.length], [2, localExtra.length]),
      localName, localExtra, data,
      r.descriptor === 'signed' ? numbers([4, 0x08074b50], [4, crc], [4, data.length], [4, raw.length]) : Buffer.alloc(0),
      r.descriptor === 'unsigned' ? numbers([4, crc], [4, data.length], [4, raw.length]) : Buffer.alloc(0),
      r.descriptor === 'wide' ? numbers([4, 0x08074b50], [4, crc], [8, data.length], [8, raw.length]) : Buffer.alloc(0),
      r.descriptor === 'wrong' ? numbers([4, 0x08074b50], [4, (crc ^ 1) >>> 0], [4, data.length], [4, raw.length]) : Buffer.alloc(0),
    ]);
    const mode = r.unixMode === undefined ? 0o100644 : r.unixMode;
    const extra = r.extra ?? Buffer.alloc(0);
    const centralName = r.central?.name === undefined ? name : Buffer.from(r.central.name);
    if (r.skipCentral !== true) {
      centrals.push(Buffer.concat([
        numbers([4, 0x02014b50], [2, ((r.madeBy ?? (mode === null ? 0 : 3)) << 8) | 20], [2, 20], [2, r.central?.flags ?? flags], [2, r.central?.method ?? method], [4, 0x50_8a_00_00],
          [4, r.central?.crc ?? crc], [4, r.central?.packed ?? data.length], [4, r.central?.size ?? raw.length], [2, centralName.length], [2, extra.length], [2, 0], [2, r.central?.disk ?? 0], [2, 0],
          [4, mode === null ? 0 : ((mode << 16) >>> 0)], [4, r.central?.offset ?? offset]),
        centralName, extra,
      ]));
    }
    if (r.skipLocal !== true) {
      locals.push(local);
      offset += local.length;
    }
  }
  const gap = shape.gap ?? Buffer.alloc(0);
  const directory = Buffer.concat(centrals);
  const start = shape.directoryOffset ?? offset + gap.length;
  const count = shape.entries ?? centrals.length;
  const size = shape.directorySize ?? directory.length;
  const comment = shape.comment ?? Buffer.alloc(0);
  const is64 = shape.zip64 !== undefined;
  const end64 = is64 && shape.zip64 !== 'missing-record'
    ? Buffer.concat([
        numbers([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, count], [8, shape.zip64 === 'other-count' ? count + 1 : count], [8, size], [8, shape.zip64 === 'other-offset' ? start + 1 : start]),
        numbers([4, 0x07064b50], [4, 0], [8, offset + gap.length + directory.length], [4, 1]),
      ])
    : Buffer.alloc(0);
  const end = numbers([4, 0x06054b50], [2, shape.disk ?? 0], [2, 0], [2, is64 ? 0xffff : count], [2, is64 ? 0xffff : count], [4, is64 ? 0xffffffff : size], [4, is64 ? 0xffffffff : start], [2, comment.length]);
  return Buffer.concat([...locals, gap, directory, end64, end, comment, shape.tail ?? Buffer.alloc(0)]);
};

/** A zip64 extra field with the given 64-bit values. */
export const zip64Extra = (...values: readonly number[]): Buffer => numbers([2, 1], [2, values.length * 8], ...values.map((value) => [8, value] as const));

/** Info-ZIP's Unicode name field for a raw name. */
export const unicodeName = (raw: Buffer, name: string): Buffer => {
  const text = Buffer.from(name);
  return Buffer.concat([numbers([2, 0x7075], [2, 5 + text.length]), Buffer.from([1]), numbers([4, crc32(raw)]), text]);
};
