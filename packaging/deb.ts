// A Debian package: an ar archive of a version, a tar of what dpkg is told, and a tar of what is installed (deb(5)).
// ar and tar are simple enough to be written here; gzip, because every dpkg reads it.

import { createHash } from 'node:crypto';
import { writeTar } from '../cli/bundle/tar-writer.ts';
import type { FolderEntry } from '../cli/bundle/list-folder.ts';
import { gzip } from './gzip.ts';
import { maintainer } from './description.ts';
import type { Description } from './description.ts';
import type { Architecture } from './node-runtime.ts';
import { file, withFolders } from './tree.ts';
import type { TreeEntry, TreeFile } from './tree.ts';

/** Of the packaging, of one version. */
const revision = '1';

export interface DebScripts {
  readonly preinst?: string;
  readonly postinst?: string;
  readonly prerm?: string;
  readonly postrm?: string;
}

export interface DebInput {
  readonly description: Description;
  readonly architecture: Architecture;
  readonly files: readonly TreeFile[];
  readonly scripts: DebScripts;
  /** Of everything in it, in seconds. */
  readonly time: number;
}

/** The bytes of the package; its usual name is `debName`. */
export async function makeDeb({ description, architecture, files, scripts, time }: DebInput): Promise<Buffer> {
  const entries = withFolders(files);
  const configs = files.filter(({ isConfig }) => isConfig === true).map(({ path }) => `${path}\n`);
  const digests = entries.filter(({ kind }) => kind === 'file').map(({ path, content }) => `${createHash('md5').update(content).digest('hex')}  ${path.slice(1)}\n`);
  const told = [
    file('/control', control(description, architecture, files)),
    ...(configs.length === 0 ? [] : [file('/conffiles', configs.join(''))]),
    file('/md5sums', digests.join('')),
    ...Object.entries(scripts).map(([name, text]: [string, string]) => file(`/${name}`, text, 0o755)),
  ];
  return ar(time, [
    ['debian-binary', Buffer.from('2.0\n')],
    ['control.tar.gz', gzip(await tar(withFolders(told), time))],
    ['data.tar.gz', gzip(await tar(entries, time))],
  ]);
}

export function debName({ name, version }: Description, architecture: Architecture): string {
  return `${name}_${version}-${revision}_${architecture}.deb`;
}

function control({ name, version, summary, text, section, debian }: Description, architecture: Architecture, files: readonly TreeFile[]): string {
  const kibibytes = Math.ceil(files.reduce((sum, { content }) => sum + content.length, 0) / 1024);
  const lists = Object.entries(debian).map(([field, packages]) => `${field}: ${packages.join(', ')}`);
  return `${[
    `Package: ${name}`,
    `Version: ${version}-${revision}`,
    `Architecture: ${architecture}`,
    `Maintainer: ${maintainer}`,
    `Installed-Size: ${kibibytes}`,
    ...lists,
    `Section: ${section}`,
    'Priority: optional',
    `Description: ${summary}`,
    ...text.split('\n').map((line) => (line === '' ? ' .' : ` ${line}`)),
  ].join('\n')}\n`;
}

/** A tar as dpkg likes it: names begin with "./". The large file's bytes stay one piece, for `gzip` to know them again. */
async function tar(entries: readonly TreeEntry[], time: number): Promise<readonly Uint8Array[]> {
  const contents = new Map(entries.map((entry) => [`.${entry.path}`, entry.content]));
  const named = entries.map(({ path, kind, mode, content }): FolderEntry => ({ name: `.${path}`, kind, mode, size: content.length, modifiedAtSeconds: time, target: '' }));
  const pieces: Uint8Array[] = [];
  async function* read({ name }: FolderEntry): AsyncIterable<Uint8Array> {
    yield contents.get(name)!;
  }
  for await (const piece of writeTar([{ name: '.', kind: 'folder', mode: 0o755, size: 0, modifiedAtSeconds: time, target: '' }, ...named], read)) pieces.push(piece);
  return pieces;
}

function ar(time: number, members: readonly (readonly [name: string, bytes: Buffer])[]): Buffer {
  const pieces = members.flatMap(([name, bytes]) => {
    const header = `${name.padEnd(16)}${String(time).padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(bytes.length).padEnd(10)}\`\n`;
    return [Buffer.from(header, 'latin1'), bytes, Buffer.from(bytes.length % 2 === 0 ? '' : '\n')];
  });
  return Buffer.concat([Buffer.from('!<arch>\n'), ...pieces]);
}
