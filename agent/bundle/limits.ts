// How much a bundle may ask for. Every limit bounds either memory, disk or time; all are checked before anything is written
// under a name that the bundle chose.

export interface BundleLimits {
  /** Sum of the unpacked file contents, in bytes. */
  readonly maxBytes: number;
  /** Entries in the archive; folders that are only implied by names may come to as many again. */
  readonly maxEntries: number;
  /** One name, in bytes of UTF-8. */
  readonly maxPathBytes: number;
  readonly maxComponentBytes: number;
  /** One header record (pax, GNU long name, zip extra data), in bytes. */
  readonly maxRecordBytes: number;
  /** All names and link targets together: what the plan holds in memory. */
  readonly maxNamesBytes: number;
  /** What may be held in memory of a bundle, packed or unpacked; what is larger goes through it in pieces. */
  readonly maxHeldBytes: number;
  /** Unpacked to packed bytes. Looked at only beyond `ratioFloorBytes`: small bundles of zeros are honest. */
  readonly maxRatio: number;
  readonly ratioFloorBytes: number;
}

export const defaultBundleLimits: BundleLimits = {
  maxBytes: 2 * 1024 ** 3,
  maxEntries: 100_000,
  maxPathBytes: 4096,
  maxComponentBytes: 255,
  maxRecordBytes: 1024 ** 2,
  maxNamesBytes: 32 * 1024 ** 2,
  maxHeldBytes: 16 * 1024 ** 2,
  maxRatio: 200,
  ratioFloorBytes: 256 * 1024 ** 2,
};
