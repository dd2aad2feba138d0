// The header structure of an rpm: an index of tags sorted by number, and a store of their values. The first entry is a
// region, whose value lies at the end of the store and says where the index ends: what is signed and checked as one.

export type RpmValue =
  | { readonly type: 'int16' | 'int32'; readonly values: readonly number[] }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'strings' | 'i18n'; readonly values: readonly string[] }
  | { readonly type: 'bin'; readonly value: Buffer };

export type RpmTags = ReadonlyMap<number, RpmValue>;

const types = { int16: 3, int32: 4, string: 6, bin: 7, strings: 8, i18n: 9 } as const;
const alignments = { int16: 2, int32: 4, string: 1, bin: 1, strings: 1, i18n: 1 } as const;
const magic = Buffer.from('8eade80100000000', 'hex');

export const int32 = (...values: readonly number[]): RpmValue => ({ type: 'int32', values });
export const int16 = (...values: readonly number[]): RpmValue => ({ type: 'int16', values });
export const string = (value: string): RpmValue => ({ type: 'string', value });
export const strings = (...values: readonly string[]): RpmValue => ({ type: 'strings', values });
export const i18n = (value: string): RpmValue => ({ type: 'i18n', values: [value] });
export const bin = (value: Buffer): RpmValue => ({ type: 'bin', value });

/** The bytes of a header whose region has the number `region`. */
export function rpmHeader(region: number, tags: RpmTags): Buffer {
  const store: Buffer[] = [];
  let length = 0;
  const index: Buffer[] = [];
  for (const [tag, value] of [...tags].sort(([a], [b]) => a - b)) {
    const padding = -length & (alignments[value.type] - 1);
    const bytes = bytesOf(value);
    index.push(entry(tag, types[value.type], length + padding, countOf(value)));
    store.push(Buffer.alloc(padding), bytes);
    length += padding + bytes.length;
  }
  const entries = index.length + 1;
  store.push(entry(region, types.bin, -entries * 16, 16));
  const sizes = Buffer.alloc(8);
  sizes.writeInt32BE(entries, 0);
  sizes.writeInt32BE(length + 16, 4);
  return Buffer.concat([magic, sizes, entry(region, types.bin, length, 16), ...index, ...store]);
}

function entry(tag: number, type: number, offset: number, count: number): Buffer {
  const bytes = Buffer.alloc(16);
  [tag, type, offset, count].forEach((value, at) => bytes.writeInt32BE(value, 4 * at));
  return bytes;
}

function countOf(value: RpmValue): number {
  switch (value.type) {
    case 'string':
      return 1;
    case 'bin':
      return value.value.length;
    default:
      return value.values.length;
  }
}

function bytesOf(value: RpmValue): Buffer {
  switch (value.type) {
    case 'int16':
    case 'int32': {
      const width = value.type === 'int16' ? 2 : 4;
      const bytes = Buffer.alloc(width * value.values.length);
      value.values.forEach((one, at) => bytes.writeUIntBE(one, width * at, width));
      return bytes;
    }
    case 'string':
      return Buffer.from(`${value.value}\0`);
    case 'bin':
      return value.value;
    default:
      return Buffer.from(value.values.map((one) => `${one}\0`).join(''));
  }
}
