// A bundle that was uploaded: where it lies and what was found in it. The face answers it, the CLI reads it.

import Type, { type Static } from 'typebox';
import { BundleSignature } from './bundle-signature.ts';

/** The archive formats that can be uploaded. */
export const ArchiveType = Type.Enum(['tar', 'tgz', 'zip'], { type: 'string', description: 'The archive format of the bundle.' });
export type ArchiveType = Static<typeof ArchiveType>;

export const StoredBundle = Type.Object({
  bucket: Type.String(),
  key: Type.String(),
  bundleType: ArchiveType,
  sha256: Type.String(),
  /** Bytes. */
  size: Type.Integer(),
  warnings: Type.Immutable(Type.Array(Type.String())),
  signature: Type.Optional(BundleSignature),
});
export type StoredBundle = Static<typeof StoredBundle>;
