// The keys by which this host proves itself: the one it has, and for a while a second, where the controller has asked for a new
// one and it is not known yet whether it has been stored there. Whichever is taken stays; while neither is, both do.

import { Buffer } from 'node:buffer';
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** Seeds of Ed25519 private keys, base64 (32 bytes each). */
export interface KeySeeds {
  readonly key: string;
  readonly nextKey?: string;
}

export interface IdentityKeys {
  /** By the key that is tried now; base64. */
  sign(text: string): string;
  /** Makes a second key and has it on the disk before this resolves. A second one that was there is forgotten. */
  makeNext(): Promise<{ readonly publicKey: string; sign(text: string): string }>;
  /** The key that is tried now was taken: where it is the new one, the old one is forgotten. */
  taken(): Promise<void>;
  /** It was not: the other is tried next. False where there is no other, or both were refused. */
  refused(): boolean;
}

export function openIdentityKeys(seeds: KeySeeds, { write, randomBytes }: { readonly write: (seeds: KeySeeds) => Promise<void>; readonly randomBytes: (count: number) => Uint8Array }): IdentityKeys {
  let kept = seeds;
  // The new one was likely stored: the controller ends the session right after.
  let tried: 'key' | 'nextKey' = kept.nextKey === undefined ? 'key' : 'nextKey';
  let refusals = 0;
  return {
    sign: (text) => signed(kept[tried] ?? kept.key, text),
    async makeNext() {
      const nextKey = Buffer.from(randomBytes(32)).toString('base64');
      kept = { key: kept[tried] ?? kept.key, nextKey };
      tried = 'key';
      await write(kept);
      tried = 'nextKey';
      return { publicKey: publicKeyOf(nextKey), sign: (text) => signed(nextKey, text) };
    },
    async taken() {
      refusals = 0;
      if (tried === 'key' || kept.nextKey === undefined) return;
      kept = { key: kept.nextKey };
      tried = 'key';
      await write(kept);
    },
    refused() {
      refusals += 1;
      if (kept.nextKey === undefined) return false;
      tried = tried === 'key' ? 'nextKey' : 'key';
      return refusals % 2 === 1;
    },
  };
}

/** Raw Ed25519 public key of a seed, base64. */
export function publicKeyOf(seed: string): string {
  return createPublicKey(privateKeyFrom(seed)).export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
}

function signed(seed: string, text: string): string {
  return sign(null, Buffer.from(text), privateKeyFrom(seed)).toString('base64');
}

/** What PKCS #8 puts before the 32 bytes of an Ed25519 seed (RFC 8410). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

function privateKeyFrom(seed: string): KeyObject {
  return createPrivateKey({ key: Buffer.concat([pkcs8Prefix, Buffer.from(seed, 'base64')]), format: 'der', type: 'pkcs8' });
}
