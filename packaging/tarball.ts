// For hosts with neither dpkg nor rpm: the same files below one folder, and install.sh, which puts them in place.

import { writeTar } from '../cli/bundle/tar-writer.ts';
import type { FolderEntry } from '../cli/bundle/list-folder.ts';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Description } from './description.ts';
import { gzip } from './gzip.ts';
import { filled } from './maintainer-scripts.ts';
import type { Architecture } from './node-runtime.ts';
import { file, withFolders } from './tree.ts';
import type { TreeFile } from './tree.ts';

const home = fileURLToPath(new URL('.', import.meta.url));

export interface TarballInput {
  readonly description: Description;
  readonly architecture: Architecture;
  readonly files: readonly TreeFile[];
  readonly time: number;
}

export function tarballName({ name, version }: Description, architecture: Architecture): string {
  return `${name}-${version}-linux-${architecture}.tar.gz`;
}

export async function makeTarball({ description, architecture, files, time }: TarballInput): Promise<Buffer> {
  const top = `/${tarballName(description, architecture).replace(/\.tar\.gz$/, '')}`;
  const kept = files.filter(({ path }) => !path.startsWith('/usr/share/lintian/'));
  const settings = [`NAME=${description.name}`, `CONFIGS='${kept.filter(({ isConfig }) => isConfig === true).map(({ path }) => path).join(' ')}'`].join('\n');
  const install = (await readFile(join(home, 'install.sh'), 'utf8')).replace('# @SETTINGS@', settings);
  const all = [
    ...kept.map((one) => ({ ...one, path: `${top}/root${one.path}` })),
    file(`${top}/install.sh`, install, 0o755),
    file(`${top}/setup.sh`, description.name === 'fairlead-server' ? await filled('scripts/make-user', description) : ':\n'),
  ];
  const entries = withFolders(all);
  const contents = new Map(entries.map(({ path, content }) => [path.slice(1), content]));
  const named = entries.map(({ path, kind, mode, content }): FolderEntry => ({ name: path.slice(1), kind, mode, size: content.length, modifiedAtSeconds: time, target: '' }));
  const pieces: Uint8Array[] = [];
  async function* read({ name }: FolderEntry): AsyncIterable<Uint8Array> {
    yield contents.get(name)!;
  }
  for await (const piece of writeTar(named, read)) pieces.push(piece);
  return gzip(pieces);
}
