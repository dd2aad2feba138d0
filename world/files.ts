// The files door is for small state: journal, identity, hook supervisors' files. Bulk work on bundles and
// destinations (agent/bundle, agent/install) uses the disk directly behind seams of its own.

/** A file open for appending. */
export interface Appender {
  /** Writes all of `bytes` at the end (looping over short writes), then returns. Not yet durable. */
  append(bytes: Uint8Array): Promise<void>;
  /** Makes everything appended durable (fdatasync). A failure here is fatal to the caller: never retry. */
  sync(): Promise<void>;
  /** Cuts the file to `length` bytes. */
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

export interface Files {
  /** The whole file, or null when there is none. */
  read(path: string): Promise<Uint8Array | null>;
  /** Up to `length` bytes from `offset` on; shorter at the end; null when there is no such file. */
  readRange(path: string, offset: number, length: number): Promise<Uint8Array | null>;
  /** Size in bytes, or null when there is no such file. */
  size(path: string): Promise<number | null>;
  /** Old or new, never torn: temporary file, fsync, rename, fsync of the folder. `mode` defaults to 0o600. */
  writeAtomically(path: string, bytes: Uint8Array, mode?: number): Promise<void>;
  /** Creates the file with these bytes if there was none; false when there was one already (O_EXCL): a claim only one can win. */
  createExclusively(path: string, bytes: Uint8Array): Promise<boolean>;
  /** Opens for appending, creating the file (mode 0o600) and syncing its folder. */
  openAppend(path: string): Promise<Appender>;
  /** Names in a folder, sorted; empty when there is no such folder. */
  list(folder: string): Promise<readonly string[]>;
  /** Makes the folder and its parents. `mode` defaults to 0o700 for those made now. */
  makeFolder(folder: string, mode?: number): Promise<void>;
  /**
   * Gives back the room that these bytes take; they read as NULs from then on, and the file is as long as before. False
   * where this cannot be done; then nothing has changed.
   */
  freeRange(path: string, offset: number, length: number): Promise<boolean>;
  /** Removes a file or a whole folder; silent when there is none. */
  remove(path: string): Promise<void>;
}
