// The whole tree of a bundle in memory, validated before any of its names reaches the disk. It is a trie, so that deep
// names shared by many entries cost nothing twice and no order of entries can make a later one pass through an earlier link.

import { clampTime } from './entry.ts';
import type { ArchiveEntry } from './entry.ts';
import type { BundleLimits } from './limits.ts';
import { checkTarget, parseName } from './names.ts';
import { quoted, refuse } from './refusal.ts';
import { namesAppSpec } from './top-folder.ts';

interface Folder {
  readonly kind: 'folder';
  readonly children: Map<string, TreeNode>;
  /** Names in Unicode normal form C, to find two spellings of one name. Made only when a name is not ASCII. */
  folded: Map<string, string> | null;
  entry: ArchiveEntry | null;
}
interface File { readonly kind: 'file'; readonly entry: ArchiveEntry }
interface Symlink { readonly kind: 'symlink'; readonly entry: ArchiveEntry }
interface Hardlink { readonly kind: 'hardlink'; readonly entry: ArchiveEntry; readonly target: string }
type TreeNode = Folder | File | Symlink | Hardlink;

/** A validated tree, in the order in which it can be made. Paths are relative, with single slashes. */
export interface PlannedTree {
  /** Parents before children; the bundle's own folder, if the archive describes it, has the path ''. */
  readonly folders: readonly { readonly path: string; readonly mode: number; readonly modifiedAt: number | null }[];
  readonly files: readonly { readonly path: string; readonly mode: number; readonly modifiedAt: number; readonly size: number; readonly content: number }[];
  readonly symlinks: readonly { readonly path: string; readonly target: string; readonly modifiedAt: number }[];
  /** `target` is the path of one of `files`. */
  readonly hardlinks: readonly { readonly path: string; readonly target: string }[];
  readonly bytes: number;
  readonly warnings: readonly string[];
}

export interface TreePlanner {
  /** Takes one entry; refuses what cannot be part of a tree. */
  add(entry: ArchiveEntry): void;
  /** Checks what only the whole tree can tell (where links lead) and returns it. */
  finish(): PlannedTree;
}

/** Starts an empty plan. With `strict`, what would only be a warning is refused. */
export const planTree = (limits: BundleLimits, strict: boolean): TreePlanner => {
  const root = newFolder();
  const warnings = new Map<string, number>();
  let entries = 0;
  let implied = 0;
  let bytes = 0;
  let namesBytes = 0;

  const warn = (what: string): void => {
    if (strict) refuse(what);
    const kind = what.replace(/"[^"]*"/, '');
    const seen = (warnings.get(kind) ?? 0) + 1;
    warnings.set(kind, seen);
    if (seen === 1) firstOfKind.push({ kind, what });
  };
  const firstOfKind: { kind: string; what: string }[] = [];

  const folderFor = (components: readonly string[], name: string): Folder => {
    let folder = root;
    for (const component of components) {
      const next = folder.children.get(component);
      if (next === undefined) {
        if (++implied > limits.maxEntries) refuse(`the bundle has more than ${limits.maxEntries} folders`);
        folder = attach(folder, component, newFolder(), name);
      } else if (next.kind === 'folder') {
        folder = next;
      } else {
        refuse(`the name ${quoted(name)} uses the ${next.kind === 'file' ? 'file' : 'link'} ${quoted(next.entry.name)} as a folder`);
      }
    }
    return folder;
  };

  const add = (entry: ArchiveEntry): void => {
    if (++entries > limits.maxEntries) refuse(`the bundle has more than ${limits.maxEntries} entries`);
    const components = parseName(entry.name, limits);
    namesBytes += Buffer.byteLength(entry.name) + Buffer.byteLength(entry.target);
    if (namesBytes > limits.maxNamesBytes) refuse(`the names in the bundle take more than ${limits.maxNamesBytes} bytes`);
    if (!Number.isSafeInteger(entry.size) || entry.size < 0) refuse(`the size of ${quoted(entry.name)} is not a size`);
    if (entry.kind !== 'folder' && entry.name.endsWith('/')) refuse(`the name ${quoted(entry.name)} ends in "/" but is no folder`);
    if (entry.kind !== 'file' && entry.size > 0) refuse(`${quoted(entry.name)} is no file but has ${entry.size} bytes of content`);
    bytes += entry.size;
    if (bytes > limits.maxBytes) refuse(`the bundle unpacks to more than ${limits.maxBytes} bytes`);
    if (entry.mode !== null && (entry.mode & 0o6000) !== 0 && entry.kind !== 'symlink') {
      warn(`the setuid or setgid bit of ${quoted(entry.name)} ${strict ? 'is not allowed in a bundle' : 'was removed'}`);
    }
    const last = components.at(-1);
    if (last === undefined) {
      if (entry.kind !== 'folder') refuse(`the bundle's own folder (${quoted(entry.name)}) is given as something else than a folder`);
      if (root.entry !== null) refuse(`the bundle describes its own folder (${quoted(entry.name)}) twice`);
      root.entry = entry;
      return;
    }
    const parent = folderFor(components.slice(0, -1), entry.name);
    const there = parent.children.get(last);
    if (there?.kind === 'folder' && there.entry === null && entry.kind === 'folder') {
      there.entry = entry;
      implied -= 1;
      return;
    }
    if (there !== undefined) refuse(`the name ${quoted(entry.name)} occurs twice in the bundle`);
    attach(parent, last, nodeFor(entry), entry.name);
  };

  const nodeFor = (entry: ArchiveEntry): TreeNode => {
    switch (entry.kind) {
      case 'folder': return { ...newFolder(), entry };
      case 'file': return { kind: 'file', entry };
      case 'symlink':
        checkTarget(entry.target, entry.name, limits);
        return { kind: 'symlink', entry };
      case 'hardlink': return { kind: 'hardlink', entry, target: hardlinkTarget(entry) };
    }
  };

  // Only an earlier file will do: that is all an honest writer ever makes, and it leaves nothing to resolve later.
  const hardlinkTarget = (entry: ArchiveEntry): string => {
    checkTarget(entry.target, entry.name, limits);
    const components = parseName(entry.target, limits);
    let node: TreeNode | undefined = root;
    for (const component of components) node = node?.kind === 'folder' ? node.children.get(component) : undefined;
    if (node?.kind === 'file') return components.join('/');
    if (node?.kind === 'hardlink') return node.target;
    return refuse(`the hard link ${quoted(entry.name)} points to ${quoted(entry.target)}, which is no file before it in the bundle`);
  };

  const finish = (): PlannedTree => {
    const folders: { path: string; mode: number; modifiedAt: number | null }[] = [];
    const files: { path: string; mode: number; modifiedAt: number; size: number; content: number }[] = [];
    const symlinks: { path: string; target: string; modifiedAt: number }[] = [];
    const hardlinks: { path: string; target: string }[] = [];
    if (root.entry !== null) folders.push({ path: '', mode: folderMode(root.entry), modifiedAt: clampTime(root.entry.modifiedAt) });
    const floor = willBeStripped(root) ? 2 : 1;
    const budget = { steps: maxStepsOfAllLinks };
    let pathsLength = 0;
    const visit = (trail: Trail, prefix: string): void => {
      for (const [name, node] of trail.folder.children) {
        const path = prefix + name;
        pathsLength += path.length;
        if (pathsLength > 2 * limits.maxNamesBytes) refuse(`the paths in the bundle take more than ${2 * limits.maxNamesBytes} characters`);
        switch (node.kind) {
          case 'folder':
            folders.push({ path, mode: folderMode(node.entry), modifiedAt: node.entry === null ? null : clampTime(node.entry.modifiedAt) });
            break;
          case 'file':
            files.push({ path, mode: modeOf(node.entry, 0o644), modifiedAt: clampTime(node.entry.modifiedAt), size: node.entry.size, content: node.entry.content });
            break;
          case 'symlink':
            checkWhereItLeads(node.entry, trail, floor, budget);
            symlinks.push({ path, target: node.entry.target, modifiedAt: clampTime(node.entry.modifiedAt) });
            break;
          case 'hardlink':
            hardlinks.push({ path, target: node.target });
            break;
        }
      }
    };
    walk(root, visit);
    const told = firstOfKind.map(({ kind, what }) => (warnings.get(kind)! > 1 ? `${what}, and of ${warnings.get(kind)! - 1} more` : what));
    return { folders, files, symlinks, hardlinks, bytes, warnings: told };
  };

  return { add, finish };
};

const newFolder = (): Folder => ({ kind: 'folder', children: new Map(), folded: null, entry: null });

// The owner keeps all rights on folders: an agent that is not root must be able to read, move and remove what it unpacked.
const folderMode = (entry: ArchiveEntry | null): number => modeOf(entry, 0o755) | 0o700;

const modeOf = (entry: ArchiveEntry | null, otherwise: number): number => (entry?.mode ?? otherwise) & 0o1777;

/** A folder and those it lies in, the bundle's own last. */
interface Trail { readonly folder: Folder; readonly within: Trail | null }

const foldersOf = (trail: Trail): Folder[] => {
  const folders: Folder[] = [];
  for (let at: Trail | null = trail; at !== null; at = at.within) folders.push(at.folder);
  return folders.reverse();
};

// Visits each folder once, parents first, without recursion: a name may have two thousand components.
const walk = (root: Folder, visit: (trail: Trail, prefix: string) => void): void => {
  const todo: { trail: Trail; prefix: string }[] = [{ trail: { folder: root, within: null }, prefix: '' }];
  for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
    visit(at.trail, at.prefix);
    for (const [name, node] of at.trail.folder.children) {
      if (node.kind === 'folder') todo.push({ trail: { folder: node, within: at.trail }, prefix: `${at.prefix}${name}/` });
    }
  }
};

// Two spellings of one name (composed and decomposed) would be one file on some file systems and two on others.
const attach = <N extends TreeNode>(folder: Folder, component: string, node: N, name: string): N => {
  if (folder.folded === null && !isAscii(component)) folder.folded = new Map([...folder.children.keys()].map((key) => [key.normalize('NFC'), key]));
  if (folder.folded !== null) {
    const key = component.normalize('NFC');
    if (folder.folded.has(key)) refuse(`the name ${quoted(name)} occurs twice in the bundle in two Unicode spellings`);
    folder.folded.set(key, component);
  }
  folder.children.set(component, node);
  return node;
};

const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text);

// The top folder that top-folder.ts will take away: links inside must not rely on it being there.
const willBeStripped = (root: Folder): boolean => {
  const [only] = root.children.values();
  return root.children.size === 1 && only?.kind === 'folder' && [...only.children.keys()].some(namesAppSpec);
};

const maxLinkSteps = 40;
const maxStepsOfAllLinks = 20_000_000;

// Follows the link as the kernel would, through other links too, and refuses it when it climbs above the bundle's folder.
// `floor` is how many folders of the trail must remain. A component that does not exist is taken for a folder: something
// may be made there later.
const checkWhereItLeads = (entry: ArchiveEntry, trail: Trail, floor: number, budget: { steps: number }): void => {
  const place: (Folder | null)[] = foldersOf(trail);
  const todo = entry.target.split('/').reverse();
  let links = 0;
  for (let component = todo.pop(); component !== undefined; component = todo.pop()) {
    if (--budget.steps < 0) refuse('following the links of the bundle takes too long');
    if (component === '' || component === '.') continue;
    if (component === '..') {
      if (place.length <= floor) refuse(`the link ${quoted(entry.name)} points to ${quoted(entry.target)}, outside the bundle`);
      place.pop();
      continue;
    }
    const node: TreeNode | undefined = place.at(-1)?.children.get(component);
    if (node?.kind === 'symlink') {
      if (++links > maxLinkSteps) refuse(`the link ${quoted(entry.name)} leads through too many links, or in a circle`);
      todo.push(...node.entry.target.split('/').reverse());
    } else {
      place.push(node?.kind === 'folder' ? node : null);
    }
  }
};
