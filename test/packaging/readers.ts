// Readers for what packaging/ writes, by other hands than the writers: from the formats' descriptions.

export interface Read {
  readonly name: string;
  readonly mode: number;
  readonly content: string;
}

export function readAr(bytes: Buffer): readonly { readonly name: string; readonly bytes: Buffer }[] {
  if (bytes.toString('latin1', 0, 8) !== '!<arch>\n') throw new Error('no ar archive');
  const members: { name: string; bytes: Buffer }[] = [];
  for (let at = 8; at < bytes.length; ) {
    const size = Number(bytes.toString('latin1', at + 48, at + 58));
    if (bytes.toString('latin1', at + 58, at + 60) !== '`\n') throw new Error(`no member at ${at}`);
    members.push({ name: bytes.toString('latin1', at, at + 16).trimEnd(), bytes: bytes.subarray(at + 60, at + 60 + size) });
    at += 60 + size + (size % 2);
  }
  return members;
}

export function readTar(bytes: Buffer): readonly Read[] {
  const entries: Read[] = [];
  const text = (from: number, length: number): string => bytes.toString('latin1', from, from + length).replace(/\0.*$/s, '');
  for (let at = 0; bytes[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, 12), 8);
    entries.push({ name: text(at, 100), mode: Number.parseInt(text(at + 100, 8), 8), content: bytes.toString('utf8', at + 512, at + 512 + size) });
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return entries;
}

export function readCpio(bytes: Buffer): readonly Read[] {
  const entries: Read[] = [];
  for (let at = 0; at < bytes.length; ) {
    const field = (index: number): number => Number.parseInt(bytes.toString('latin1', at + 6 + 8 * index, at + 14 + 8 * index), 16);
    if (bytes.toString('latin1', at, at + 6) !== '070701') throw new Error(`no entry at ${at}`);
    const [mode, size, nameSize] = [field(1), field(6), field(11)];
    const name = bytes.toString('latin1', at + 110, at + 110 + nameSize - 1);
    const from = Math.ceil((at + 110 + nameSize) / 4) * 4;
    entries.push({ name, mode, content: bytes.toString('utf8', from, from + size) });
    at = Math.ceil((from + size) / 4) * 4;
  }
  return entries;
}

type Tags = ReadonlyMap<number, readonly (string | number | Buffer)[]>;

export function readRpmHeader(bytes: Buffer): { readonly signature: Tags; readonly header: Tags; readonly headerBytes: Buffer; readonly payload: Buffer } {
  if (bytes.readUInt32BE(0) !== 0xedabeedb) throw new Error('no rpm');
  const signature = readTags(bytes, 96, 62);
  const from = Math.ceil(signature.end / 8) * 8;
  const header = readTags(bytes, from, 63);
  return { signature: signature.tags, header: header.tags, headerBytes: bytes.subarray(from, header.end), payload: bytes.subarray(header.end) };
}

function readTags(bytes: Buffer, at: number, region: number): { readonly tags: Tags; readonly end: number } {
  if (bytes.toString('hex', at, at + 4) !== '8eade801') throw new Error(`no header at ${at}`);
  const [count, length] = [bytes.readUInt32BE(at + 8), bytes.readUInt32BE(at + 12)];
  const store = bytes.subarray(at + 16 + 16 * count, at + 16 + 16 * count + length);
  const tags = new Map<number, readonly (string | number | Buffer)[]>();
  let last = 0;
  for (let index = 0; index < count; index += 1) {
    const [tag, type, offset, values] = [0, 4, 8, 12].map((field) => bytes.readInt32BE(at + 16 + 16 * index + field)) as [number, number, number, number];
    if (index === 0) {
      if (tag !== region || store.readInt32BE(offset + 8) !== -16 * count || offset + 16 !== length) throw new Error('the region does not cover the header');
      continue;
    }
    if (tag <= last) throw new Error(`tag ${tag} is out of order`);
    last = tag;
    tags.set(tag, valuesOf(store, type, offset, values));
  }
  return { tags, end: at + 16 + 16 * count + length };
}

function valuesOf(store: Buffer, type: number, offset: number, count: number): readonly (string | number | Buffer)[] {
  if (type === 7) return [store.subarray(offset, offset + count)];
  if (type === 3 || type === 4) {
    const width = type === 3 ? 2 : 4;
    if (offset % width !== 0) throw new Error('a number is not aligned');
    return Array.from({ length: count }, (_, index) => store.readUIntBE(offset + width * index, width));
  }
  return store.subarray(offset).toString('utf8').split('\0', count);
}
