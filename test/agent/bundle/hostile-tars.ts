// Tar archives that must be refused, one trick each. A benign file comes first in most, so that leftovers would show.

import { gzipSync } from 'node:zlib';
import { endOfTar, gnuLong, pax, paxRecord, record, tar, tgz } from './tar-bytes.ts';
import type { TarRecord } from './tar-bytes.ts';

export interface HostileArchive {
  readonly name: string;
  readonly file: string;
  readonly bytes: Buffer;
  /** Declared format; looked at when null. */
  readonly format?: 'zip' | 'tar' | 'tgz';
  readonly maxBytes?: number;
  readonly maxEntries?: number;
  /** Only refused by a strict policy; otherwise accepted with a warning. */
  readonly isOnlyStrict?: boolean;
}

const benign: TarRecord = { name: 'benign', content: 'benign' };
const dir = (name: string): TarRecord => ({ name, type: '5', mode: 0o755 });
const link = (name: string, target: string): TarRecord => ({ name, type: '2', target });
const hard = (name: string, target: string): TarRecord => ({ name, type: '1', target });
const x = (name: string): TarRecord => ({ name, content: 'x' });
const base256 = (value: bigint): Buffer => {
  const field = Buffer.alloc(12);
  field[0] = 0x80;
  field.writeBigUInt64BE(value, 4);
  return field;
};

const shapes: Readonly<Record<string, readonly (TarRecord | Buffer)[]>> = {
  'a name that climbs': [benign, x('../canary/evil')],
  'a name that climbs from inside': [benign, x('a/../../canary/evil')],
  'a name that climbs but comes back': [benign, x('a/../b')],
  'a name that ends in ..': [benign, dir('a/..')],
  'a name that is ..': [benign, dir('..')],
  'a name that climbs behind ./': [benign, x('./../canary/evil')],
  'an absolute name': [benign, x('/tmp/evil')],
  'an absolute name with two slashes': [benign, x('//tmp/evil')],
  'an absolute folder': [benign, dir('/')],
  'a prefix field that climbs': [benign, { ...x('evil'), prefix: '../canary' }],
  'an absolute prefix field': [benign, { ...x('evil'), prefix: '/tmp' }],
  'a prefix of .. and a name': [benign, { ...x('canary/evil'), prefix: '..' }],
  'a pax path that climbs': [benign, pax({ path: '../canary/evil' }), x('harmless')],
  'an absolute pax path': [benign, pax({ path: '/tmp/evil' }), x('harmless')],
  'a pax path with a NUL': [benign, pax({ path: Buffer.from('good\0/../../evil') }), x('harmless')],
  'a pax path with a newline': [benign, pax({ path: 'a\nb' }), x('harmless')],
  'a GNU long name that climbs': [benign, gnuLong('L', `${'a/'.repeat(60)}${'../'.repeat(61)}canary/evil`), x('harmless')],
  'an absolute GNU long name': [benign, gnuLong('L', '/tmp/evil'), x('harmless')],
  'a GNU long name with a NUL inside': [benign, gnuLong('L', 'good\0evil'), x('harmless')],
  'a backslash that climbs': [benign, x('..\\..\\evil')],
  'a backslash that climbs from inside': [benign, x('a\\..\\..\\evil')],
  'a drive letter': [benign, x('C:\\evil')],
  'a drive letter with a slash': [benign, x('C:/evil')],
  'a share': [benign, x('\\\\host\\share\\evil')],
  'a global header with a path': [pax({ path: '../evil' }, 'g'), benign],
  'a global header with a harmless path': [pax({ path: 'everything' }, 'g'), benign],
  'a global header with a size': [pax({ size: '3' }, 'g'), benign],
  'a global header with a link target': [pax({ linkpath: '/etc/passwd' }, 'g'), benign],
  'a link to an absolute path': [benign, link('l', '/etc/passwd')],
  'a link to the root': [benign, link('l', '/')],
  'a link that climbs': [benign, link('l', '../canary')],
  'a link to ..': [benign, link('l', '..')],
  'a link that climbs from inside': [benign, dir('d'), link('d/l', '../../canary')],
  'a link that goes down and climbs': [benign, dir('d'), link('l', 'd/../../canary')],
  'a link through what does not exist': [benign, link('l', 'nothing/../../canary')],
  'a chain of two links': [benign, dir('d'), link('d/up', '..'), link('l', 'd/up/../canary')],
  'a chain of three links': [benign, dir('a'), dir('a/b'), link('a/b/up', '..'), link('a/up', 'b/up/..'), link('l', 'a/up/../canary')],
  'a chain whose last link comes first': [benign, link('l', 'd/up/../canary'), dir('d'), link('d/up', '..')],
  'a link through a link to itself': [benign, link('l', 'l/..')],
  'a circle of links': [benign, link('a', 'b'), link('b', 'a')],
  'a link with an empty target': [benign, link('l', '')],
  'a link with a newline in its target': [benign, link('l', 'a\nb')],
  'a pax link target that climbs': [benign, pax({ linkpath: '../canary' }), link('l', 'benign')],
  'a GNU long link target that climbs': [benign, gnuLong('K', `${'x/../'.repeat(30)}../canary`), link('l', 'benign')],
  'a link with a Windows target': [benign, link('l', 'C:\\Windows')],
  'a link out of the top folder that will be stripped': [dir('top'), x('top/appspec.yml'), link('top/l', '../other')],
  'a write through a link': [benign, dir('d'), link('l', 'd'), x('l/evil')],
  'a write through a link to outside': [benign, link('l', '../canary'), x('l/evil')],
  'a folder made through a link': [benign, dir('d'), link('l', 'd'), dir('l/e')],
  'a link that replaces a folder': [benign, dir('d'), x('d/f'), link('d', '../canary')],
  'a link that replaces a folder only implied': [benign, x('d/f'), link('d', 'benign')],
  'a file that replaces a link': [benign, link('l', 'benign'), x('l')],
  'a link where a later file needs a folder': [benign, x('l/f'), link('l', 'benign')],
  'a hard link to an absolute path': [benign, hard('h', '/etc/passwd')],
  'a hard link that climbs': [benign, hard('h', '../canary/file')],
  'a hard link to nothing': [benign, hard('h', 'nothing')],
  'a hard link to a folder': [benign, dir('d'), hard('h', 'd')],
  'a hard link to a symbolic link': [benign, link('l', 'benign'), hard('h', 'l')],
  'a hard link through a symbolic link': [benign, dir('d'), x('d/f'), link('l', 'd'), hard('h', 'l/f')],
  'a hard link to a later file': [benign, hard('h', 'later'), x('later')],
  'a hard link to itself': [benign, hard('h', 'h')],
  'a hard link with content': [benign, { ...hard('h', 'benign'), content: 'evil' }],
  'a hard link to a file, then a file over it': [benign, hard('h', 'benign'), x('h')],
  'a character device': [benign, { name: 'dev', type: '3' }],
  'a block device': [benign, { name: 'dev', type: '4' }],
  'a named pipe': [benign, { name: 'pipe', type: '6' }],
  'a sparse file of old GNU': [benign, { name: 'sparse', type: 'S', format: 'gnu', content: 'x' }],
  'a sparse file of pax 0.1': [benign, pax({ 'GNU.sparse.map': '0,1', 'GNU.sparse.size': '99999999999' }), x('sparse')],
  'a sparse file of pax 1.0': [benign, pax({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '1099511627776' }), x('sparse')],
  'a multi-volume piece': [benign, { ...x('m'), type: 'M' }],
  'a directory dump': [benign, { ...x('m'), type: 'D' }],
  'an unknown type': [benign, { ...x('m'), type: 'Z' }],
  'a control character for a type': [benign, { ...x('m'), type: '\x1b' }],
  'a size that is negative': [benign, { ...x('n'), size: Buffer.concat([Buffer.from([0xff]), Buffer.alloc(11, 0xff)]) }],
  'a size of 2^63': [benign, { ...x('n'), size: base256(1n << 63n) }],
  'a size of 8 TiB in base 256': [benign, { ...x('n'), size: base256(1n << 43n) }],
  'a size that is no number': [benign, { ...x('n'), size: Buffer.from('12x45678901\0') }],
  'a size with a minus': [benign, { ...x('n'), size: Buffer.from('-0000000001\0') }],
  'a size larger than the archive': [benign, { ...x('n'), size: 100_000 }],
  'a pax size that contradicts the header': [benign, pax({ size: '512' }), x('n'), x('hidden')],
  'a pax size that is no number': [benign, pax({ size: '1e3' }), x('n')],
  'a pax size of 2^64': [benign, pax({ size: '18446744073709551616' }), x('n')],
  'a folder with content': [benign, { ...dir('d'), content: 'hidden' }],
  'a symbolic link with content': [benign, { ...link('l', 'benign'), content: 'hidden' }],
  'a v7 folder with content': [benign, { name: 'd/', format: 'v7', content: 'hidden' }],
  'a symbolic link with a slash at its end': [benign, link('l/', 'benign')],
  'a wrong checksum': [benign, { ...x('n'), checksum: '000001\0 ' }],
  'a checksum that is no number': [benign, { ...x('n'), checksum: 'abcdefgh' }],
  'a control character in a name': [benign, x('a\x07b')],
  'an escape sequence in a name': [benign, x('\x1b[2Jevil')],
  'a newline in a name': [benign, x('a\nb')],
  'a delete character in a name': [benign, x('a\x7fb')],
  'a C1 control in a name': [benign, x('a\u009bb')],
  'a name that is not UTF-8': [benign, { name: Buffer.from([0x61, 0xff, 0xfe]), content: 'x' }],
  'a name with an overlong slash': [benign, { name: Buffer.from([0x2e, 0x2e, 0xc0, 0xaf, 0x65]), content: 'x' }],
  'a name with a surrogate': [benign, { name: Buffer.from([0x61, 0xed, 0xa0, 0x80]), content: 'x' }],
  'a link target that is not UTF-8': [benign, { ...link('l', ''), target: Buffer.from([0x61, 0xff]) }],
  'an empty name': [benign, x('')],
  'a file twice': [benign, x('f'), x('f')],
  'a file twice in two spellings': [benign, x('f'), x('./f')],
  'a file twice with two slashes': [benign, dir('d'), x('d/f'), x('d//f')],
  'a file twice with a dot inside': [benign, dir('d'), x('d/f'), x('d/./f')],
  'a folder twice': [benign, dir('d'), dir('d/')],
  'a file and a folder': [benign, x('f'), dir('f')],
  'a folder and a file': [benign, dir('f'), x('f')],
  'a symbolic link twice': [benign, link('l', 'benign'), link('l', 'benign')],
  'two Unicode spellings of one name': [benign, x('caf\u00e9'), x('cafe\u0301')],
  'a file used as a folder': [benign, x('f'), x('f/g')],
  'a folder that is a file later': [benign, x('f/g'), x('f')],
  'the bundle itself as a file': [x('.')],
  'the bundle itself as a link': [link('./', '..'), benign],
  'the bundle itself twice': [dir('./'), dir('.'), benign],
  'a component of 256 bytes': [benign, gnuLong('L', 'n'.repeat(256)), x('n')],
  'a component of 256 bytes in fewer characters': [benign, pax({ path: 'é'.repeat(128) }), x('n')],
  'a path of more than 4096 bytes': [benign, pax({ path: Array(50).fill('d'.repeat(99)).join('/') }), x('n')],
  'a link target of more than 4096 bytes': [benign, pax({ linkpath: Array(50).fill('d'.repeat(99)).join('/') }), link('l', 'n')],
  'a pax header of more than 1 MiB': [benign, record({ name: 'p', type: 'x', content: Buffer.concat([paxRecord('comment', 'c'.repeat(1024 ** 2)), paxRecord('path', 'p')]) }), x('n')],
  'a GNU long name of more than 1 MiB': [benign, gnuLong('L', 'n'.repeat(1024 ** 2 + 1)), x('n')],
  'a pax header that claims 8 GiB': [benign, record({ name: 'p', type: 'x', size: 0o77777777777 })],
  'a pax record with a wrong length': [benign, record({ name: 'p', type: 'x', content: '99 path=a\n' }), x('n')],
  'a pax record of length 0': [benign, record({ name: 'p', type: 'x', content: '0 path=a\n' }), x('n')],
  'a pax record without =': [benign, record({ name: 'p', type: 'x', content: '8 pathx\n' }), x('n')],
  'a pax record without a newline': [benign, record({ name: 'p', type: 'x', content: '9 path=aa' }), x('n')],
  'a pax record with a huge length': [benign, record({ name: 'p', type: 'x', content: `${'9'.repeat(400)} path=a\n` }), x('n')],
  'a pax path given twice': [benign, record({ name: 'p', type: 'x', content: Buffer.concat([paxRecord('path', 'a'), paxRecord('path', 'b')]) }), x('n')],
  'a pax path that is not UTF-8': [benign, pax({ path: Buffer.from([0xff]) }), x('n')],
  'two pax headers for one entry': [benign, pax({ path: 'a' }), pax({ path: 'b' }), x('n')],
  'two GNU long names for one entry': [benign, gnuLong('L', 'a'), gnuLong('L', 'b'), x('n')],
  'a GNU long name and a pax path': [benign, gnuLong('L', 'a'), pax({ path: 'b' }), x('n')],
  'a pax header that describes nothing': [benign, pax({ path: 'a' })],
  'a GNU long name that names nothing': [benign, gnuLong('L', 'a')],
  'other data behind the end': [benign, endOfTar, Buffer.from('trailing')],
  'a second archive behind the end': [benign, endOfTar, record(x('hidden'))],
  'an entry behind one block of NULs': [benign, Buffer.alloc(512), record(x('hidden'))],
};

const whole = tar(benign, { name: 'big', content: 'y'.repeat(5000) });

/** All hostile tars, plain and packed. */
export const hostileTars = (): readonly HostileArchive[] => {
  const plain = Object.entries(shapes).map(([name, pieces]): HostileArchive => ({ name, file: 'bundle.tar', bytes: tar(...pieces) }));
  const packed = Object.entries(shapes).filter((_, index) => index % 4 === 0).map(([name, pieces]): HostileArchive => ({ name: `${name}, gzipped`, file: 'bundle.tgz', bytes: tgz(...pieces) }));
  const good = gzipSync(whole);
  const flipped = Buffer.from(good);
  flipped[good.length - 6]! ^= 0xff;
  const others: readonly HostileArchive[] = [
    { name: 'a tar cut short within a file', file: 'cut.tar', bytes: whole.subarray(0, 2000) },
    { name: 'a tar cut short within a header', file: 'cut.tar', bytes: whole.subarray(0, 1024 + 100) },
    { name: 'a tar without its end', file: 'cut.tar', bytes: whole.subarray(0, whole.length - 1024) },
    { name: 'a tar cut short within padding', file: 'cut.tar', bytes: whole.subarray(0, 600) },
    { name: 'an empty file', file: 'empty.tar', bytes: Buffer.alloc(0) },
    { name: 'an empty file declared as tar', file: 'empty.tar', bytes: Buffer.alloc(0), format: 'tar' },
    { name: 'an empty file declared as zip', file: 'empty.zip', bytes: Buffer.alloc(0), format: 'zip' },
    { name: 'text', file: 'text.tar', bytes: Buffer.from('hello world\n'.repeat(200)) },
    { name: 'text declared as tar', file: 'text.tar', bytes: Buffer.from('hello world\n'.repeat(200)), format: 'tar' },
    { name: 'a tar declared as tgz', file: 'plain.tgz', bytes: whole, format: 'tgz' },
    { name: 'a tar declared as zip', file: 'plain.zip', bytes: whole, format: 'zip' },
    { name: 'a gzip cut short', file: 'cut.tgz', bytes: good.subarray(0, good.length - 20) },
    { name: 'a gzip without its checksum', file: 'cut.tgz', bytes: good.subarray(0, good.length - 8) },
    { name: 'a gzip with a wrong checksum', file: 'bad.tgz', bytes: flipped },
    { name: 'a gzip with other data behind it', file: 'tail.tgz', bytes: Buffer.concat([good, Buffer.from('tail')]) },
    { name: 'a gzip of text', file: 'text.tgz', bytes: gzipSync('hello world\n'.repeat(200)) },
    { name: 'a gzip in a gzip', file: 'twice.tgz', bytes: gzipSync(good) },
    { name: 'a gzip with a second archive behind it', file: 'two.tgz', bytes: Buffer.concat([good, gzipSync(tar(x('hidden')))]) },
    { name: 'a megabyte and more of NULs behind the end', file: 'nuls.tgz', bytes: gzipSync(Buffer.concat([whole, Buffer.alloc(2 * 1024 ** 2)])) },
    { name: 'more than the allowed bytes in one file', file: 'big.tgz', bytes: tgz({ name: 'z', content: Buffer.alloc(2_000_000) }), maxBytes: 1_000_000 },
    { name: 'more than the allowed bytes in many files', file: 'big.tgz', bytes: tgz(...[...Array(20).keys()].map((n): TarRecord => ({ name: `f${n}`, content: Buffer.alloc(60_000) }))), maxBytes: 1_000_000 },
    { name: 'a file one byte larger than allowed', file: 'big.tar', bytes: tar({ name: 'z', content: Buffer.alloc(1001) }), maxBytes: 1000 },
    { name: 'too many entries', file: 'many.tgz', bytes: tgz(...[...Array(101).keys()].map((n) => x(`f${n}`))), maxEntries: 100 },
    { name: 'too many folders that are only implied', file: 'many.tgz', bytes: tgz(...[...Array(90).keys()].map((n) => x(`a${n}/b/c/f`))), maxEntries: 100 },
    { name: 'a bomb of 300 MiB in 300 KiB', file: 'bomb.tgz', bytes: gzipBomb(300) },
    { name: 'extended headers that take hours to read', file: 'records.tgz', bytes: recordBomb(250) },
    { name: 'global headers that take hours to read', file: 'records.tgz', bytes: Buffer.concat([...Array<Buffer>(100).fill(gzipSync(pax({ comment: 'c'.repeat(900_000) }, 'g'))), gzipSync(endOfTar)]) },
    { name: 'a setuid file', file: 'suid.tar', bytes: tar(benign, { ...x('su'), mode: 0o4755 }), isOnlyStrict: true },
    { name: 'a setgid file', file: 'sgid.tar', bytes: tar(benign, { ...x('sg'), mode: 0o2755 }), isOnlyStrict: true },
    { name: 'a file with capabilities', file: 'caps.tar', bytes: tar(benign, pax({ 'SCHILY.xattr.security.capability': 'x' }), x('cap')), isOnlyStrict: true },
  ];
  return [...plain, ...packed, ...others];
};

// Entries with nearly a megabyte of attributes each, every one of which would have to be told.
const recordBomb = (entries: number): Buffer => {
  const attributes = gzipSync(record({ name: 'p', type: 'x', content: Buffer.concat(Array<Buffer>(40_000).fill(paxRecord('SCHILY.xattr.user.a', ''))) }));
  return Buffer.concat([...[...Array(entries).keys()].flatMap((n) => [attributes, gzipSync(record({ name: `f${n}` }))]), gzipSync(endOfTar)]);
};

// Members of one gzip file may simply follow each other, so a bomb is built from one megabyte packed once.
const gzipBomb = (mebibytes: number): Buffer => {
  const zeros = gzipSync(Buffer.alloc(1024 ** 2));
  return Buffer.concat([gzipSync(record({ name: 'zeros', size: mebibytes * 1024 ** 2 })), ...Array<Buffer>(mebibytes).fill(zeros), gzipSync(endOfTar)]);
};
