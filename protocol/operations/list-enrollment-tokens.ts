import Type from 'typebox';
import { operation } from './operation.ts';
import { Tag } from '../model/tag.ts';
import { InstantType } from '../model/timestamp.ts';

export const listEnrollmentTokens = operation({
  name: 'ListEnrollmentTokens',
  route: 'GET /v1/enrollment-tokens',
  summary: 'Lists join tokens, without their secrets.',
  access: 'read',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({}),
  output: Type.Object({
    enrollmentTokens: Type.Array(
      Type.Object({
        tokenId: Type.String(),
        description: Type.String(),
        maxUses: Type.Integer(),
        uses: Type.Integer(),
        createdAt: InstantType,
        expiresAt: InstantType,
        isRevoked: Type.Boolean(),
        namePattern: Type.Optional(Type.String()),
        tags: Type.Optional(Type.Array(Tag)),
      }),
    ),
  }),
  errors: [],
});
