// A tree of files to be installed, as each kind of package needs it: absolute paths, sorted, with the folders above them.
// Everything belongs to root and has one time, so that equal contents give equal packages.

export interface TreeFile {
  /** Absolute. */
  readonly path: string;
  readonly mode: number;
  readonly content: Buffer;
  /** The administrator may change it, and an upgrade leaves it as it is. */
  readonly isConfig?: boolean;
}

export interface TreeEntry extends TreeFile {
  readonly kind: 'file' | 'folder';
}

export function file(path: string, content: string | Buffer, mode = 0o644): TreeFile {
  return { path, mode, content: Buffer.isBuffer(content) ? content : Buffer.from(content) };
}

export function config(path: string, content: string, mode: number): TreeFile {
  return { ...file(path, content, mode), isConfig: true };
}

/** The files and every folder above them but "/", parents first. */
export function withFolders(files: readonly TreeFile[]): readonly TreeEntry[] {
  const folders = new Set(files.flatMap(({ path }) => parentsOf(path)));
  const entries: TreeEntry[] = [
    ...[...folders].map((path): TreeEntry => ({ path, kind: 'folder', mode: 0o755, content: Buffer.alloc(0) })),
    ...files.map((one): TreeEntry => ({ ...one, kind: 'file' })),
  ];
  return entries.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function parentsOf(path: string): readonly string[] {
  const parts = path.split('/').slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
}
