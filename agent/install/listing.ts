// What an unpacked bundle contains, read once before planning. Links are resolved here, within the bundle, because the
// original installs a copy of the folder that a link names and only keeps links to files.

import type { Disk } from './disk.ts';

export interface Listed {
  /** Within the bundle, without a leading slash; '' for the bundle itself. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  readonly modifiedAt: number;
  readonly bytes: number;
  /** Of a link: its target as written. */
  readonly target: string | null;
  /** Of a link: the item of the bundle it leads to, or null when it leads nowhere or out of the bundle. */
  readonly leadsTo: string | null;
  /** Of a folder: the names in it, sorted. */
  readonly names: readonly string[];
}

export interface Listing {
  /** The unpacked bundle's folder. */
  readonly folder: string;
  readonly items: ReadonlyMap<string, Listed>;
}

/** Reads the whole bundle. */
export const listArchive = (disk: Disk, folder: string): Listing => {
  const items = new Map<string, Listed>();
  const root = disk.realPath(folder) ?? folder;
  const todo = [''];
  for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
    const full = at === '' ? root : `${root}/${at}`;
    const found = disk.look(full);
    if (found === null) continue;
    const names = found.kind === 'folder' ? disk.list(full) : [];
    const target = found.kind === 'link' ? disk.readLink(full) : null;
    items.set(at, { path: at, kind: found.kind, modifiedAt: found.modifiedAt, bytes: found.bytes, target, leadsTo: target === null ? null : within(root, disk.realPath(full)), names });
    for (const name of names) todo.push(at === '' ? name : `${at}/${name}`);
  }
  return { folder, items };
};

const within = (root: string, real: string | null): string | null => {
  if (real === root) return '';
  return real !== null && real.startsWith(`${root}/`) ? real.slice(root.length + 1) : null;
};

/** The item a source names, links to folders followed; null when there is none. */
export const findSource = (listing: Listing, source: string): Listed | null => {
  let item = listing.items.get('') ?? null;
  for (const component of source.split('/')) {
    if (component === '') continue;
    const folder = item === null ? null : followed(listing, item);
    if (folder?.kind !== 'folder') return null;
    item = listing.items.get(folder.path === '' ? component : `${folder.path}/${component}`) ?? null;
  }
  return item;
};

/** The item itself, or what it leads to when it is a link. */
export const followed = (listing: Listing, item: Listed): Listed => (item.leadsTo === null ? item : (listing.items.get(item.leadsTo) ?? item));
