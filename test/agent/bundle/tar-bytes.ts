// Tar archives byte by byte, so that every field can be made wrong on purpose, and so that the honest controls exist on
// machines without tar.

import { gzipSync } from 'node:zlib';

export interface TarRecord {
  readonly name: string | Buffer;
  readonly type?: string;
  readonly content?: string | Buffer;
  readonly target?: string | Buffer;
  readonly mode?: number;
  readonly modifiedAt?: number;
  readonly format?: 'ustar' | 'gnu' | 'v7';
  readonly prefix?: string;
  /** What the header says when it is not the content's length. */
  readonly size?: number | Buffer;
  readonly checksum?: string;
  readonly uid?: number;
  /** Raw bytes written over the finished header before its checksum is made. */
  readonly patch?: { readonly at: number; readonly bytes: Buffer };
}

const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;

/** One header block, its content and its padding. */
export const record = (r: TarRecord): Buffer => {
  const content = Buffer.from(r.content ?? '');
  const block = Buffer.alloc(512);
  Buffer.from(r.name).copy(block, 0, 0, 100);
  block.write(octal(r.mode ?? 0o644, 8), 100, 'latin1');
  block.write(octal(r.uid ?? 1000, 8), 108, 'latin1');
  block.write(octal(r.uid ?? 1000, 8), 116, 'latin1');
  if (typeof r.size === 'object') r.size.copy(block, 124, 0, 12);
  else block.write(octal(r.size ?? content.length, 12), 124, 'latin1');
  block.write(octal(r.modifiedAt ?? 1_600_000_000, 12), 136, 'latin1');
  block.write(r.type ?? '0', 156, 'latin1');
  Buffer.from(r.target ?? '').copy(block, 157, 0, 100);
  const format = r.format ?? 'ustar';
  if (format === 'ustar') block.write('ustar\u000000', 257, 'latin1');
  if (format === 'gnu') block.write('ustar  \0', 257, 'latin1');
  if (r.prefix !== undefined) block.write(r.prefix, 345, 'utf8');
  if (r.patch !== undefined) r.patch.bytes.copy(block, r.patch.at);
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(r.checksum ?? `${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([block, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
};

/** A pax header with the given records; a value may be raw bytes. */
export const pax = (records: Readonly<Record<string, string | Buffer>>, type = 'x'): Buffer =>
  record({ name: 'PaxHeaders/x', type, content: Buffer.concat(Object.entries(records).map(([key, value]) => paxRecord(key, value))) });

export const paxRecord = (key: string, value: string | Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
  let length = body.length + 1;
  while (String(length).length + body.length !== length) length = String(length).length + body.length;
  return Buffer.concat([Buffer.from(String(length)), body]);
};

/** GNU's long name (L) or long link target (K). */
export const gnuLong = (type: 'L' | 'K', text: string): Buffer => record({ name: '././@LongLink', type, format: 'gnu', content: Buffer.concat([Buffer.from(text), Buffer.alloc(1)]) });

export const endOfTar = Buffer.alloc(1024);

/** A whole archive from records or raw pieces. */
export const tar = (...pieces: readonly (TarRecord | Buffer)[]): Buffer => Buffer.concat([...pieces.map((piece) => (Buffer.isBuffer(piece) ? piece : record(piece as TarRecord))), endOfTar]);

export const tgz = (...pieces: readonly (TarRecord | Buffer)[]): Buffer => gzipSync(tar(...pieces));
