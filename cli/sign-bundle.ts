// Signs bundles with an owner's Ed25519 key, as hosts verify them that name its public half in their policy. Keys are PKCS#8
// PEM, so that openssl reads them as well. The one place of the CLI that makes keys, hence chance.

import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { signedBundleText } from '../protocol/model/bundle-signature.ts';
import type { BundleSignature, BundleStatement } from '../protocol/model/bundle-signature.ts';
import { Refusal } from './refusal.ts';

export interface SigningKey {
  readonly privateKey: KeyObject;
  /** As it stands in `required_signature_keys` of a host's policy: `ed25519:` and base64. */
  readonly publicText: string;
}

export interface Signing {
  readonly key: SigningKey;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly expiresAt: number | null;
  /** Null for none: such bundles are all of one age to a host. */
  readonly counter: number | null;
}

/** A new key and the text of its file. */
export function createSigningKey(): { readonly key: SigningKey; readonly pem: string } {
  const { privateKey } = generateKeyPairSync('ed25519');
  return { key: withPublicText(privateKey), pem: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string };
}

/** Reads a key file. Throws a Refusal that never quotes what the file holds. */
export function readSigningKey(file: string, bytes: Uint8Array | null): SigningKey {
  if (bytes === null) throw new Refusal(`There is no key file ${file}.`, { advice: [`Make one with: fairlead key create ${file}`] });
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(Buffer.from(bytes));
  } catch {
    throw new Refusal(`${file} holds no private key.`, { advice: ['Make one with: fairlead key create FILE'] });
  }
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new Refusal(`${file} holds a key of the kind ${privateKey.asymmetricKeyType ?? 'unknown'}; bundles are signed with Ed25519.`, { advice: ['Make one with: fairlead key create FILE'] });
  return withPublicText(privateKey);
}

export function signBundle(statement: BundleStatement, key: SigningKey): BundleSignature {
  return { statement, signature: sign(null, Buffer.from(signedBundleText(statement)), key.privateKey).toString('base64') };
}

/** An owner's word for the bundle with that digest, for one application. */
export function signFor(application: string, sha256: string, { key, createdAt, expiresAt, counter }: Signing): BundleSignature {
  return signBundle({ v: 1, application, sha256, createdAt, ...(expiresAt === null ? {} : { expiresAt }), ...(counter === null ? {} : { counter }) }, key);
}

/** SHA-256 of what a stream gives, hex. */
export async function digestOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of stream) hash.update(piece);
  return hash.digest('hex');
}

function withPublicText(privateKey: KeyObject): SigningKey {
  const raw = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32);
  return { privateKey, publicText: `ed25519:${raw.toString('base64')}` };
}
