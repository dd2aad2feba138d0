// The token is shown this once. It is worth letting a host in, so by default it does so once, and for half an hour.

import { withPin } from '../../protocol/model/authority-pin.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { Tags, writeDocument } from '../store/documents.ts';
import { makeJoinToken } from '../fleet/join-token.ts';
import { insertEnrollmentToken } from '../store/enrollment-tokens.ts';
import { wholeTags } from './instance-tags.ts';
import type { Handler } from './services.ts';

const defaultUses = 1;
const defaultSeconds = 1800;

export const createEnrollmentToken: Handler<typeof registry.createEnrollmentToken> = async ({ store, world, authorityPin }, input, { now, concerns }) => {
  const { maxUses = defaultUses, expiresInSeconds = defaultSeconds, description = '', namePattern } = input;
  const tags = wholeTags(input.tags ?? []);
  const { token, tokenId, secretSha256 } = makeJoinToken(world.random);
  const expiresAt = now + expiresInSeconds * 1000;
  await store.transaction(async (tx) => {
    concerns(`enrollment-token:${tokenId}`);
    await insertEnrollmentToken(tx, {
      token_id: tokenId,
      secret_sha256: secretSha256,
      description,
      max_uses: maxUses,
      uses: 0,
      created_at: now,
      expires_at: expiresAt,
      revoked_at: null,
      name_pattern: namePattern ?? null,
      tags: writeDocument(Tags, tags, `tags of join token ${tokenId}`),
    });
  });
  return { token: withPin(token, authorityPin), tokenId, maxUses, expiresAt, ...(namePattern === undefined ? {} : { namePattern }), tags: [...tags] };
};
