// The text of a join token: `flt_<id>_<secret>`. The id finds the row; of the secret (32 random bytes) only the SHA-256
// is kept, which is enough for a secret that nobody can guess.

import { createHash, timingSafeEqual } from 'node:crypto';
import { randomWord } from '../../protocol/model/names.ts';
import type { Random } from '../../world/random.ts';

export interface MadeToken {
  readonly token: string;
  readonly tokenId: string;
  /** Hex. */
  readonly secretSha256: string;
}

export function makeJoinToken(random: Random): MadeToken {
  const tokenId = randomWord(10, (n) => random.below(n));
  const secret = Buffer.from(random.bytes(32)).toString('base64url');
  return { token: `flt_${tokenId}_${secret}`, tokenId, secretSha256: sha256(secret).toString('hex') };
}

/** The parts of a token's text, or null when it is none. */
export function readJoinToken(token: string): { readonly tokenId: string; readonly secret: string } | null {
  const match = /^flt_([A-Z0-9]{10})_([A-Za-z0-9_-]{43})$/.exec(token);
  return match === null ? null : { tokenId: match[1]!, secret: match[2]! };
}

/** Takes equally long for any secret. */
export function isSecretRight(secret: string, secretSha256: string): boolean {
  return timingSafeEqual(sha256(secret), Buffer.from(secretSha256, 'hex'));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
