// One record of an archive, as both readers report it: already decoded, not yet trusted.

export interface ArchiveEntry {
  /** As written in the archive. */
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'symlink' | 'hardlink';
  /** Permission bits with setuid, setgid and sticky, or null where the archive records none. */
  readonly mode: number | null;
  /** Seconds since the epoch. */
  readonly modifiedAt: number;
  /** Bytes of content; 0 for everything but files. */
  readonly size: number;
  /** Where a symbolic link points, or which earlier name a hard link repeats; empty for the others. */
  readonly target: string;
  /** The reader's own number for fetching the content: a spooled file, or a place in a zip directory. */
  readonly content: number;
}

/** A time a file system can hold: whole lies in an archive become its nearest bound. */
export const clampTime = (seconds: number): number =>
  Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), 253_402_300_799) : 0;
