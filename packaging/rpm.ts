// An rpm package, format 4: a lead that nobody reads any more, a header of digests, the header proper, and a cpio of what
// is installed. Written here, since what npm has for it runs rpmbuild; `test/packaging` has rpm itself read it.

import { createHash } from 'node:crypto';
import { gzip } from './gzip.ts';
import type { Description } from './description.ts';
import type { Architecture } from './node-runtime.ts';
import { bin, i18n, int16, int32, rpmHeader, string, strings } from './rpm-header.ts';
import type { RpmValue } from './rpm-header.ts';
import { withFolders } from './tree.ts';
import type { TreeEntry, TreeFile } from './tree.ts';

export interface RpmScripts {
  readonly pre?: string;
  readonly post?: string;
  readonly preun?: string;
  readonly postun?: string;
  readonly posttrans?: string;
}

export interface RpmInput {
  readonly description: Description;
  readonly architecture: Architecture;
  readonly files: readonly TreeFile[];
  /** Folders that go with the package; all others are the system's. */
  readonly ownFolders: readonly string[];
  readonly scripts: RpmScripts;
  readonly time: number;
}

const archNames = { amd64: 'x86_64', arm64: 'aarch64' } as const;
const release = '1';

export function rpmName({ name, version }: Description, architecture: Architecture): string {
  return `${name}-${version}-${release}.${archNames[architecture]}.rpm`;
}

export function makeRpm(input: RpmInput): Buffer {
  const { description, files, ownFolders, time } = input;
  const entries = withFolders(files).filter(({ kind, path }) => kind === 'file' || ownFolders.includes(path));
  const archive = cpio(entries, time);
  const payload = gzip(archive);
  const header = rpmHeader(63, mainTags(input, entries, payload));
  const unpacked = archive.reduce((sum, { length }) => sum + length, 0);
  const signature = rpmHeader(62, new Map([
    [269, string(sha('sha1', header))],
    [273, string(sha('sha256', header))],
    [1000, int32(header.length + payload.length)],
    [1004, bin(createHash('md5').update(header).update(payload).digest())],
    [1007, int32(unpacked)],
  ]));
  return Buffer.concat([lead(`${description.name}-${description.version}-${release}`), signature, Buffer.alloc(-signature.length & 7), header, payload]);
}

function lead(name: string): Buffer {
  const bytes = Buffer.alloc(96);
  bytes.writeUInt32BE(0xedabeedb, 0);
  bytes.writeUInt8(3, 4);
  bytes.writeUInt16BE(1, 8);
  bytes.write(name.slice(0, 65), 10, 'latin1');
  bytes.writeUInt16BE(1, 76);
  bytes.writeUInt16BE(5, 78);
  return bytes;
}

/** Numbers and names as in rpm's own rpmtag.h. */
function mainTags({ description, architecture, scripts, time }: RpmInput, entries: readonly TreeEntry[], payload: Buffer): Map<number, RpmValue> {
  const { name, version, summary, text, rpm } = description;
  const full = `${version}-${release}`;
  const folders = [...new Set(entries.map(({ path }) => folderOf(path)))];
  const needs = requirements(scripts, rpm.requires);
  const each = <Value>(pick: (entry: TreeEntry, index: number) => Value): readonly Value[] => entries.map(pick);
  return new Map<number, RpmValue>([
    [100, strings('C')],
    [1000, string(name)], [1001, string(version)], [1002, string(release)],
    [1004, i18n(summary)], [1005, i18n(text)], [1006, int32(time)], [1007, string('fairlead')],
    [1009, int32(entries.reduce((sum, { content }) => sum + content.length, 0))],
    [1014, string(rpm.license)], [1016, i18n('Unspecified')],
    [1021, string('linux')], [1022, string(archNames[architecture])],
    ...scriptTags(scripts),
    [1028, int32(...each(({ content }) => content.length))],
    [1030, int16(...each(({ kind, mode }) => (kind === 'folder' ? 0o040000 : 0o100000) | mode))],
    [1033, int16(...each(() => 0))],
    [1034, int32(...each(() => time))],
    [1035, strings(...each(({ kind, content }) => (kind === 'folder' ? '' : sha('sha256', content))))],
    [1036, strings(...each(() => ''))],
    [1037, int32(...each(({ isConfig, path }) => (isConfig === true ? configNoReplace : path.startsWith('/usr/share/doc/') || path.startsWith('/usr/share/man/') ? documentation : 0)))],
    [1039, strings(...each(() => 'root'))], [1040, strings(...each(() => 'root'))],
    [1044, string(`${name}-${full}.src.rpm`)],
    [1045, int32(...each(() => 0xffffffff))],
    [1047, strings(name, `${name}(${archNames[architecture] === 'x86_64' ? 'x86-64' : 'aarch-64'})`)], [1112, int32(equal, equal)], [1113, strings(full, full)],
    [1048, int32(...needs.map(([, flags]) => flags))], [1049, strings(...needs.map(([what]) => what))], [1050, strings(...needs.map(([, , at]) => at))],
    [1064, string('4.18.0')],
    [1095, int32(...each(() => 1))], [1096, int32(...each((_, index) => index + 1))], [1097, strings(...each(() => ''))],
    [1116, int32(...each(({ path }) => folders.indexOf(folderOf(path))))],
    [1117, strings(...each(({ path }) => path.slice(path.lastIndexOf('/') + 1)))],
    [1118, strings(...folders)],
    [1124, string('cpio')], [1125, string('gzip')], [1126, string('6')],
    [5011, int32(sha256Number)], [5062, string('utf-8')],
    [5092, strings(sha('sha256', payload))], [5093, int32(sha256Number)],
  ]);
}

const [less, greater, equal] = [2, 4, 8];
const [configNoReplace, documentation] = [1 | 16, 2];
const [inScript, rpmlib] = [1 << 8, 1 << 24];
const sha256Number = 8;

type Requirement = readonly [name: string, flags: number, version: string];

/** Sorted, as rpm looks them up by halving. */
function requirements(scripts: RpmScripts, requires: readonly string[]): readonly Requirement[] {
  const shell: readonly Requirement[] = Object.keys(scripts).length === 0 ? [] : [['/bin/sh', inScript, '']];
  const features: readonly Requirement[] = [
    ['rpmlib(CompressedFileNames)', rpmlib | less | equal, '3.0.4-1'],
    ['rpmlib(FileDigests)', rpmlib | less | equal, '4.6.0-1'],
    ['rpmlib(PayloadFilesHavePrefix)', rpmlib | less | equal, '4.0-1'],
  ];
  const named = requires.map((text): Requirement => {
    const [name, , version] = text.split(' ') as [string, string?, string?];
    return [name, version === undefined ? 0 : greater | equal, version ?? ''];
  });
  return [...shell, ...features, ...named].sort(([a], [b]) => (a < b ? -1 : 1));
}

function scriptTags(scripts: RpmScripts): readonly (readonly [number, RpmValue])[] {
  const numbers = { pre: [1023, 1085], post: [1024, 1086], preun: [1025, 1087], postun: [1026, 1088], posttrans: [1152, 1154] } as const;
  return Object.entries(scripts).flatMap(([name, text]: [string, string]) => {
    const [tag, program] = numbers[name as keyof RpmScripts];
    return [[tag, string(text)], [program, string('/bin/sh')]] as const;
  });
}

function cpio(entries: readonly TreeEntry[], time: number): readonly Uint8Array[] {
  return [
    ...entries.flatMap(({ path, kind, mode, content }, index) => [
      ...cpioHeader(`.${path}`, { inode: index + 1, mode: (kind === 'folder' ? 0o040000 : 0o100000) | mode, links: kind === 'folder' ? 2 : 1, time, size: content.length }),
      content,
      Buffer.alloc(-content.length & 3),
    ]),
    ...cpioHeader('TRAILER!!!', { inode: 0, mode: 0, links: 1, time: 0, size: 0 }),
  ];
}

function cpioHeader(name: string, { inode, mode, links, time, size }: { readonly inode: number; readonly mode: number; readonly links: number; readonly time: number; readonly size: number }): readonly Uint8Array[] {
  const fields = [inode, mode, 0, 0, links, time, size, 0, 0, 0, 0, name.length + 1, 0];
  const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`, 'latin1');
  return [header, Buffer.alloc(-header.length & 3)];
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

function sha(kind: 'sha1' | 'sha256', bytes: Buffer): string {
  return createHash(kind).update(bytes).digest('hex');
}
