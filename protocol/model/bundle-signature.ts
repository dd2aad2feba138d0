// An owner's word for one bundle: a short statement and its Ed25519 signature. The controller only carries it from the one
// who pushes to the hosts; it is checked by hosts that name the keys they trust. Pure: who signs and who verifies bring
// their own cryptography.

import Type, { type Static } from 'typebox';

const instant = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

export const BundleStatement = Type.Object(
  {
    v: Type.Integer({ minimum: 1, maximum: 1 }),
    /** The application the bundle is for: a signature is worth nothing for another. */
    application: Type.String({ maxLength: 100 }),
    /** Of the bundle as it is uploaded, hex. */
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    /** Epoch milliseconds. */
    createdAt: instant,
    /** Epoch milliseconds; good for ever when absent. */
    expiresAt: Type.Optional(instant),
    /** Grows from bundle to bundle of an application: hosts refuse an older one than they have accepted. Absent counts as 0. */
    counter: Type.Optional(instant),
  },
  { additionalProperties: false },
);
export type BundleStatement = Static<typeof BundleStatement>;

export const BundleSignature = Type.Object(
  {
    statement: BundleStatement,
    /** Ed25519 over `signedBundleText`, base64. */
    signature: Type.String({ pattern: '^[A-Za-z0-9+/]{86}==$' }),
  },
  { additionalProperties: false, description: 'An owner’s signature of the bundle, as `fairlead push --sign` and `fairlead bundle sign` make it.' },
);
export type BundleSignature = Static<typeof BundleSignature>;

/** Longest signature as JSON, in characters. */
export const maxSignatureLength = 2_048;

/**
 * What is signed: the purpose, so that a signature made for anything else is worth nothing here, and the statement as
 * canonical JSON (members in alphabetical order, no blanks; RFC 8785 for text and whole numbers).
 */
export function signedBundleText(statement: BundleStatement): string {
  const { application, counter, createdAt, expiresAt, sha256, v } = statement;
  return `fairlead-bundle-v1\n${JSON.stringify({ application, counter, createdAt, expiresAt, sha256, v })}`;
}

/** A public key as owners write it: `ed25519:` and the raw 32 bytes in base64. */
export const publicKeyPattern = /^ed25519:[A-Za-z0-9+/]{43}=$/;
