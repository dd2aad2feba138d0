// Zip archives that must be refused, one trick each.

import { deflateRawSync } from 'node:zlib';
import type { HostileArchive } from './hostile-tars.ts';
import { unicodeName, zip, zip64Extra } from './zip-bytes.ts';
import type { ZipRecord, ZipShape } from './zip-bytes.ts';

const benign: ZipRecord = { name: 'benign', content: 'benign' };
const x = (name: string | Buffer): ZipRecord => ({ name, content: 'x' });
const dir = (name: string): ZipRecord => ({ name, method: 0, unixMode: 0o040755 });
const link = (name: string, target: string): ZipRecord => ({ name, content: target, method: 0, unixMode: 0o120777 });

const shapes: Readonly<Record<string, readonly [records: readonly ZipRecord[], shape?: ZipShape]>> = {
  'a name that climbs': [[benign, x('../canary/evil')]],
  'a name that climbs from inside': [[benign, x('a/../../canary/evil')]],
  'an absolute name': [[benign, x('/tmp/evil')]],
  'a drive letter': [[benign, x('C:\\evil')]],
  'a backslash that climbs': [[benign, x('..\\..\\evil')]],
  'a backslash that climbs, made by DOS': [[benign, { ...x('..\\evil'), unixMode: null }]],
  'an absolute backslash, made by DOS': [[benign, { ...x('\\evil'), unixMode: null }]],
  'a NUL in a name': [[benign, x('good\0evil')]],
  'a newline in a name': [[benign, x('a\nb')]],
  'an escape sequence in a name': [[benign, x('\x1b[31mred')]],
  'a name marked as UTF-8 that is not': [[benign, x(Buffer.from([0x61, 0xff]))]],
  'an empty name': [[benign, x('')]],
  'a Unicode name that climbs': [[benign, { ...x('good'), flags: 0, extra: unicodeName(Buffer.from('good'), '../canary/evil') }]],
  'a local Unicode name that is another one': [[benign, { ...x('good'), flags: 0, localExtra: unicodeName(Buffer.from('good'), '../evil') }]],
  'another name in the local header': [[benign, { ...x('good'), local: { name: '../evil' } }]],
  'another name in the directory': [[benign, { ...x('good'), central: { name: 'evil' } }]],
  'a file twice': [[benign, x('f'), x('f')]],
  'a file twice in two spellings': [[benign, x('f'), x('./f')]],
  'a file and a folder': [[benign, x('f'), dir('f/')]],
  'a file used as a folder': [[benign, x('f'), x('f/g')]],
  'two Unicode spellings': [[benign, x('caf\u00e9'), x('cafe\u0301')]],
  'a component of 256 bytes': [[benign, x('n'.repeat(256))]],
  'a path of more than 4096 bytes': [[benign, x(Array(50).fill('d'.repeat(99)).join('/'))]],
  'a link to an absolute path': [[benign, link('l', '/etc/passwd')]],
  'a link that climbs': [[benign, link('l', '../canary')]],
  'a chain of links': [[benign, dir('d/'), link('d/up', '..'), link('l', 'd/up/../canary')]],
  'a write through a link': [[benign, dir('d/'), link('l', 'd'), x('l/evil')]],
  'a circle of links': [[benign, link('a', 'b'), link('b', 'a')]],
  'a link whose target has a NUL': [[benign, link('l', 'a\0b')]],
  'a link whose target is huge': [[benign, link('l', 'a'.repeat(10_000))]],
  'a link with an empty target': [[benign, link('l', '')]],
  'a link hidden behind another maker': [[benign, { ...link('l', '/etc/passwd'), madeBy: 0 }]],
  'a character device': [[benign, { ...x('dev'), unixMode: 0o020666 }]],
  'a block device': [[benign, { ...x('dev'), unixMode: 0o060666 }]],
  'a named pipe': [[benign, { ...x('pipe'), unixMode: 0o010666 }]],
  'a socket': [[benign, { ...x('sock'), unixMode: 0o140777 }]],
  'a folder whose name has no slash': [[benign, { ...dir('d'), content: '' }]],
  'a file whose name has a slash': [[benign, { ...x('f/') }]],
  'a folder with content': [[benign, { ...dir('d/'), content: 'hidden' }]],
  'an encrypted entry': [[benign, { ...x('secret'), flags: 0x801 }]],
  'a strongly encrypted entry': [[benign, { ...x('secret'), flags: 0x841 }]],
  'encryption only in the local header': [[benign, { ...x('secret'), local: { flags: 0x801 } }]],
  'a masked directory': [[benign, { ...x('secret'), flags: 0x2800 }]],
  'bzip2': [[benign, { ...x('f'), method: 12 }]],
  'deflate64': [[benign, { ...x('f'), method: 9 }]],
  'zstd': [[benign, { ...x('f'), method: 93 }]],
  'another method in the local header': [[benign, { ...x('f'), local: { method: 0 } }]],
  'a wrong checksum': [[benign, { ...x('f'), central: { crc: 1 }, local: { crc: 1 } }]],
  'a wrong checksum of a stored file': [[benign, { ...x('f'), method: 0, central: { crc: 1 }, local: { crc: 1 } }]],
  'another checksum in the local header': [[benign, { ...x('f'), local: { crc: 1 } }]],
  'a size that is too small': [[benign, { name: 'f', content: 'x'.repeat(1000), central: { size: 10 }, local: { size: 10 } }]],
  'a size that is too large': [[benign, { ...x('f'), central: { size: 1000 }, local: { size: 1000 } }]],
  'another size in the local header': [[benign, { ...x('f'), local: { size: 2 } }]],
  'a stored file of two sizes': [[benign, { ...x('f'), method: 0, central: { size: 2 }, local: { size: 2 } }]],
  'a packed size that reaches the next entry': [[benign, { ...x('f'), central: { packed: 40 }, local: { packed: 40 } }, x('g')]],
  'a packed size beyond the file': [[benign, { ...x('f'), central: { packed: 1_000_000 }, local: { packed: 1_000_000 } }]],
  'data behind the packed data': [[benign, { ...x('f'), packedContent: Buffer.concat([deflateRawSync(Buffer.from('x')), Buffer.from('hidden')]) }]],
  'packed data that is no deflate': [[benign, { ...x('f'), packedContent: Buffer.from([0xff, 0xff, 0xff]) }]],
  'packed data that is cut short': [[benign, { name: 'f', content: 'abcdefgh'.repeat(99), packedContent: deflateRawSync(Buffer.from('abcdefgh'.repeat(99))).subarray(0, 10) }]],
  'a wrong descriptor': [[benign, { ...x('f'), descriptor: 'wrong' }]],
  'two entries with one content': [[{ ...x('a'), skipCentral: false }, { ...x('b'), skipLocal: true, central: { offset: 0 } }]],
  'entries that overlap': [[benign, { ...x('f') }, { ...x('g'), central: { offset: 10 } }]],
  'an entry that the directory does not know': [[benign, { ...x('hidden'), skipCentral: true }, x('f')]],
  'a last entry that the directory does not know': [[benign, { ...x('hidden'), skipCentral: true }]],
  'an offset beyond the file': [[benign, { ...x('f'), central: { offset: 1_000_000 } }]],
  'data before the first entry': [[benign], { prefix: Buffer.from('#!/bin/sh\n') }],
  'data before the directory': [[benign], { gap: Buffer.from('gap') }],
  'data behind the end': [[benign], { tail: Buffer.from('tail') }],
  'one NUL behind the end': [[benign], { tail: Buffer.alloc(1) }],
  'fewer entries counted than there are': [[benign, x('f')], { entries: 1 }],
  'more entries counted than there are': [[benign], { entries: 2 }],
  'a directory offset that is wrong': [[benign], { directoryOffset: 1 }],
  'a directory size that is wrong': [[benign], { directorySize: 20 }],
  'a second disk': [[benign], { disk: 1 }],
  'an entry on another disk': [[benign, { ...x('f'), central: { disk: 1 } }]],
  'a zip64 record with another count': [[benign], { zip64: 'other-count' }],
  'a zip64 record with another offset': [[benign], { zip64: 'other-offset' }],
  'a zip64 record that is missing': [[benign], { zip64: 'missing-record' }],
  'zip64 sizes that are missing': [[benign, { ...x('f'), central: { size: 0xffffffff }, local: { size: 0xffffffff } }]],
  'zip64 sizes that are huge': [[benign, { ...x('f'), central: { size: 0xffffffff }, extra: zip64Extra(2 ** 52) }]],
  'zip64 sizes that contradict the others': [[benign, { ...x('f'), extra: zip64Extra(5, 5) }]],
  'two zip64 fields': [[benign, { ...x('f'), extra: Buffer.concat([zip64Extra(1), zip64Extra(2)]) }]],
  'an extra field that is too long': [[benign, { ...x('f'), extra: Buffer.from([1, 0, 200, 0, 1]) }]],
  'two end records': [[benign], { comment: endInComment() }],
};

function endInComment(): Buffer {
  const end = zip([]);
  return end;
}

/** All hostile zips. */
export const hostileZips = (): readonly HostileArchive[] => [
  ...Object.entries(shapes).map(([name, [records, shape]]): HostileArchive => ({ name, file: 'bundle.zip', bytes: zip(records, shape) })),
  { name: 'a zip cut short', file: 'cut.zip', bytes: zip([benign, x('f')]).subarray(0, 60) },
  { name: 'a zip without its last byte', file: 'cut.zip', bytes: zip([benign, x('f')]).subarray(0, -1) },
  { name: 'a zip without its beginning', file: 'cut.zip', bytes: zip([benign, x('f')]).subarray(5), format: 'zip' },
  { name: 'a zip declared as tar', file: 'zip.tar', bytes: zip([benign]), format: 'tar' },
  { name: 'a zip declared as tgz', file: 'zip.tgz', bytes: zip([benign]), format: 'tgz' },
  { name: 'only an end record that counts one entry', file: 'end.zip', bytes: zip([], { entries: 1 }) },
  { name: 'more than the allowed bytes', file: 'big.zip', bytes: zip([benign, { name: 'z', content: Buffer.alloc(2_000_000) }]), maxBytes: 1_000_000 },
  { name: 'a bomb that lies about its size', file: 'bomb.zip', bytes: zip([benign, { name: 'z', content: Buffer.alloc(20_000_000), central: { size: 10 }, local: { size: 10 } }]) },
  { name: 'a bomb of overlapping entries', file: 'bomb.zip', bytes: zip([{ name: 'f0', content: Buffer.alloc(1_000_000) }, ...[...Array(200).keys()].map((n): ZipRecord => ({ name: `g${n}`, content: Buffer.alloc(1_000_000), skipLocal: true, central: { offset: 0 } }))]) },
  { name: 'a bomb of 300 MiB in 300 KiB', file: 'bomb.zip', bytes: zip([...Array(30).keys()].map((n): ZipRecord => ({ name: `f${n}`, content: tenMebibytes, packedContent: tenPacked }))) },
  { name: 'too many entries', file: 'many.zip', bytes: zip([...Array(101).keys()].map((n) => x(`f${n}`))), maxEntries: 100 },
  { name: 'a setuid file', file: 'suid.zip', bytes: zip([benign, { ...x('su'), unixMode: 0o104755 }]), isOnlyStrict: true },
];

const tenMebibytes = Buffer.alloc(10 * 1024 ** 2);
const tenPacked = deflateRawSync(tenMebibytes);
