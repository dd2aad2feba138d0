// Archives that must be accepted, byte by byte, as real writers make them. tools.test.ts makes the same with the tools
// themselves where they are installed.

import { gzipSync } from 'node:zlib';
import { endOfTar, gnuLong, pax, record, tar, tgz } from './tar-bytes.ts';
import { unicodeName, zip, zip64Extra } from './zip-bytes.ts';

export interface HonestArchive {
  readonly name: string;
  readonly file: string;
  readonly bytes: Buffer;
  readonly format?: 'zip' | 'tar' | 'tgz';
  /** Paths to contents, link targets with "-> ", folders with "/". */
  readonly tree: Readonly<Record<string, string>>;
  readonly modes?: Readonly<Record<string, number>>;
}

const f = { name: 'f', content: 'f' };
const emptyFiles = (count: number): readonly { readonly name: string; readonly content: string }[] => [...Array(count).keys()].map((n) => ({ name: `e${n}`, content: '' }));
const long = `${'long/'.repeat(40)}f`;

/** The honest controls. */
export const honestArchives = (): readonly HonestArchive[] => [
  { name: 'a plain tar', file: 'a.tar', bytes: tar(f, { name: 'd', type: '5' }, { name: 'd/l', type: '2', target: '../f' }), tree: { f: 'f', 'd/l': '-> ../f' } },
  { name: 'a tgz', file: 'a.tgz', bytes: tgz(f), tree: { f: 'f' } },
  { name: 'a tgz declared as tar', file: 'a.tar', bytes: tgz(f), format: 'tar', tree: { f: 'f' } },
  { name: 'a tgz of several members', file: 'a.tgz', bytes: Buffer.concat([gzipSync(record(f)), gzipSync(endOfTar)]), tree: { f: 'f' } },
  { name: 'an empty tar', file: 'a.tar', bytes: tar(), tree: {} },
  { name: 'an empty tar of one block size', file: 'a.tar', bytes: Buffer.alloc(10_240), tree: {} },
  { name: 'a tar padded to its block size', file: 'a.tar', bytes: Buffer.concat([tar(f), Buffer.alloc(8192)]), tree: { f: 'f' } },
  { name: 'a tar of ./ and names below', file: 'a.tar', bytes: tar({ name: './', type: '5' }, { name: './f', content: 'f' }, { name: './d/', type: '5' }), tree: { f: 'f', 'd/': '' } },
  { name: 'an old tar without magic', file: 'a.tar', bytes: tar({ ...f, format: 'v7', type: '\0' }, { name: 'd/', format: 'v7', type: '\0', mode: 0o755 }), tree: { f: 'f', 'd/': '' } },
  { name: 'GNU long names', file: 'a.tar', bytes: tar(gnuLong('L', long), { ...f, format: 'gnu' }), tree: { [long]: 'f' } },
  { name: 'GNU long link targets', file: 'a.tar', bytes: tar(f, gnuLong('K', `${'./'.repeat(100)}f`), { name: 'l', type: '2', format: 'gnu' }), tree: { f: 'f', l: `-> ${'./'.repeat(100)}f` } },
  { name: 'pax names', file: 'a.tar', bytes: tar(pax({ path: long, mtime: '1600000000.123456789', atime: '1', 'SCHILY.dev': '3' }), f), tree: { [long]: 'f' } },
  { name: 'a component of 255 bytes', file: 'a.tar', bytes: tar(pax({ path: 'n'.repeat(255) }), f), tree: { ['n'.repeat(255)]: 'f' } },
  { name: 'a ustar prefix', file: 'a.tar', bytes: tar({ ...f, prefix: 'some/folder' }), tree: { 'some/folder/f': 'f' } },
  { name: 'a ustar prefix of another version', file: 'a.tar', bytes: tar({ ...f, prefix: 'some/folder', patch: { at: 263, bytes: Buffer.alloc(2) } }, { name: 'g', content: 'g', prefix: 'some', patch: { at: 263, bytes: Buffer.from('  ') } }), tree: { 'some/folder/f': 'f', 'some/g': 'g' } },
  { name: 'what GNU and old tars have where ustar has a prefix', file: 'a.tar', bytes: tar({ ...f, format: 'gnu', prefix: '14567654321' }, { name: 'g', content: 'g', format: 'v7', prefix: 'x' }), tree: { f: 'f', g: 'g' } },
  { name: 'a global header, as git writes it', file: 'a.tar', bytes: tar(pax({ comment: 'a'.repeat(40) }, 'g'), f), tree: { f: 'f' } },
  { name: 'a megabyte of attributes that hold for thousands of entries, at once', file: 'a.tar', bytes: tar(pax(Object.fromEntries([...Array(30_000).keys()].map((n) => [`SCHILY.xattr.user.a${n}`, ''])), 'g'), ...emptyFiles(5_000)), tree: Object.fromEntries(emptyFiles(5_000).map(({ name }) => [name, ''])) },
  { name: 'names that are not ASCII', file: 'a.tar', bytes: tar({ name: 'grüße/日本', content: 'f' }), tree: { 'grüße/日本': 'f' } },
  { name: 'a size in base 256', file: 'a.tar', bytes: tar({ ...f, size: Buffer.concat([Buffer.from([0x80]), Buffer.alloc(10), Buffer.from([1])]) }), tree: { f: 'f' } },
  { name: 'hard links', file: 'a.tar', bytes: tar(f, { name: 'h', type: '1', target: './f' }, { name: 'i', type: '1', target: 'h' }), tree: { f: 'f', h: 'f', i: 'f' } },
  { name: 'links to what is not there, within the bundle', file: 'a.tar', bytes: tar(f, { name: 'd/l', type: '2', target: '../run/pid' }), tree: { f: 'f', 'd/l': '-> ../run/pid' } },
  { name: 'a link to a folder with a slash', file: 'a.tar', bytes: tar({ name: 'd/x', content: 'x' }, { name: 'l', type: '2', target: 'd/' }), tree: { 'd/x': 'x', l: '-> d/' } },
  { name: 'links up to the bundle itself', file: 'a.tar', bytes: tar(f, { name: 'd/up', type: '2', target: '..' }, { name: 'l', type: '2', target: 'd/up/f' }), tree: { f: 'f', 'd/up': '-> ..', l: '-> d/up/f' } },
  { name: 'children before their folder', file: 'a.tar', bytes: tar({ name: 'd/x', content: 'x' }, { name: 'd/', type: '5', mode: 0o700 }), tree: { 'd/x': 'x' }, modes: { d: 0o700 } },
  { name: 'folders that their owner may not change: he may, here', file: 'a.tar', bytes: tar({ name: './', type: '5', mode: 0o555 }, { name: 'd', type: '5', mode: 0o055 }, { name: 'd/f', content: 'f' }), tree: { 'd/f': 'f' }, modes: { '.': 0o755, d: 0o755 } },
  { name: 'modes', file: 'a.tar', bytes: tar({ ...f, mode: 0o600 }, { name: 'x', content: '', mode: 0o755 }, { name: 'w', content: '', mode: 0o666 }), tree: { f: 'f', x: '', w: '' }, modes: { f: 0o600, x: 0o755, w: 0o666 } },
  { name: 'setuid, with a warning', file: 'a.tar', bytes: tar({ ...f, mode: 0o4755 }), tree: { f: 'f' }, modes: { f: 0o755 } },
  { name: 'names that differ in case', file: 'a.tar', bytes: tar(f, { name: 'F', content: 'F' }), tree: { f: 'f', F: 'F' } },
  { name: 'a backslash in a name', file: 'a.tar', bytes: tar({ name: 'dev-disk-by\\x2duuid', content: 'x' }), tree: { 'dev-disk-by\\x2duuid': 'x' } },
  { name: 'a name with two dots inside', file: 'a.tar', bytes: tar({ name: 'a..b/..c', content: 'x' }), tree: { 'a..b/..c': 'x' } },
  { name: 'a volume label', file: 'a.tar', bytes: tar({ name: 'label', type: 'V', format: 'gnu' }, f), tree: { f: 'f' } },
  { name: 'a plain zip', file: 'a.zip', bytes: zip([f, { name: 'd/', method: 0, unixMode: 0o040755 }, { name: 'd/l', content: '../f', method: 0, unixMode: 0o120777 }]), tree: { f: 'f', 'd/l': '-> ../f' } },
  { name: 'an empty zip', file: 'a.zip', bytes: zip([]), tree: {} },
  { name: 'a zip without folder entries', file: 'a.zip', bytes: zip([{ name: 'a/b/c', content: 'c' }]), tree: { 'a/b/c': 'c' } },
  { name: 'a streamed zip', file: 'a.zip', bytes: zip([{ ...f, descriptor: 'signed' }, { name: 'g', content: '', descriptor: 'signed' }]), tree: { f: 'f', g: '' } },
  { name: 'a streamed zip with unsigned descriptors', file: 'a.zip', bytes: zip([{ ...f, descriptor: 'unsigned' }]), tree: { f: 'f' } },
  { name: 'a streamed zip with wide descriptors', file: 'a.zip', bytes: zip([{ ...f, descriptor: 'wide', localExtra: zip64Extra(0, 0), local: { size: 0xffffffff, packed: 0xffffffff } }]), tree: { f: 'f' } },
  { name: 'a zip64', file: 'a.zip', bytes: zip([f], { zip64: 'honest' }), tree: { f: 'f' } },
  { name: 'a zip with a comment', file: 'a.zip', bytes: zip([f], { comment: Buffer.from('made today') }), tree: { f: 'f' } },
  { name: 'a zip made by DOS', file: 'a.zip', bytes: zip([{ ...f, unixMode: null }, { name: 'd/', method: 0, unixMode: null }]), tree: { f: 'f', 'd/': '' }, modes: { f: 0o644, d: 0o755 } },
  { name: 'a zip made by DOS with backslashes', file: 'a.zip', bytes: zip([{ name: 'd\\f', content: 'f', unixMode: null }]), tree: { 'd/f': 'f' } },
  { name: 'a zip with code page 437 names', file: 'a.zip', bytes: zip([{ name: Buffer.from([0x81, 0x62, 0x65, 0x72]), content: 'f', flags: 0 }]), tree: { über: 'f' } },
  { name: 'a zip with UTF-8 names and no flag', file: 'a.zip', bytes: zip([{ name: 'über', content: 'f', flags: 0 }]), tree: { über: 'f' } },
  { name: 'a zip with Info-ZIP Unicode names', file: 'a.zip', bytes: zip([{ name: 'ueber', content: 'f', flags: 0, extra: unicodeName(Buffer.from('ueber'), 'über'), localExtra: unicodeName(Buffer.from('ueber'), 'über') }]), tree: { über: 'f' } },
  { name: 'a zip with modes', file: 'a.zip', bytes: zip([{ ...f, unixMode: 0o100600 }, { name: 'x', content: 'x', unixMode: 0o100755 }]), tree: { f: 'f', x: 'x' }, modes: { f: 0o600, x: 0o755 } },
  { name: 'a zip of a large file', file: 'a.zip', bytes: zip([{ name: 'z', content: 'z'.repeat(3_000_000) }]), tree: { z: 'z'.repeat(3_000_000) } },
];
