// An unknown id is refused: whoever revokes a token wants to know that it is revoked. Revoking twice is no error.

import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { findEnrollmentToken, revokeEnrollmentToken as revokeRow } from '../store/enrollment-tokens.ts';
import type { Handler } from './services.ts';

export const revokeEnrollmentToken: Handler<typeof registry.revokeEnrollmentToken> = async ({ store }, { tokenId }, { now }) => {
  await store.transaction(async (tx) => {
    if ((await findEnrollmentToken(tx, tokenId)) === null) {
      throw new Failure('NotFoundException', `There is no join token with the id ${tokenId}. List them with ListEnrollmentTokens.`, 'tokenId');
    }
    await revokeRow(tx, tokenId, now);
  });
  return {};
};
