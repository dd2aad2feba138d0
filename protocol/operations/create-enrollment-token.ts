import Type from 'typebox';
import { operation } from './operation.ts';
import { NamePattern } from '../model/name-pattern.ts';
import { Tag } from '../model/tag.ts';
import { InstantType } from '../model/timestamp.ts';

export const createEnrollmentToken = operation({
  name: 'CreateEnrollmentToken',
  route: 'POST /v1/enrollment-tokens',
  summary: 'Makes a join token with which agents enrol. It is shown once; only its hash is kept.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({
    description: Type.Optional(Type.String({ maxLength: 256, description: 'What the token is for.' })),
    maxUses: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100000, description: 'How many agents may enrol with it; 1 when not given.' }),
    ),
    expiresInSeconds: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 31536000, description: 'How long it is good for; 1800 when not given.' }),
    ),
    namePattern: Type.Optional(NamePattern),
    tags: Type.Optional(
      Type.Array(Tag, { maxItems: 10, description: 'Set on every host that enrols with it, as TagInstance does: the host cannot change them. One that claims another value is refused.' }),
    ),
  }),
  output: Type.Object({
    token: Type.String(),
    tokenId: Type.String(),
    maxUses: Type.Integer(),
    expiresAt: InstantType,
    namePattern: Type.Optional(Type.String()),
    /** Servers before it say nothing. */
    tags: Type.Optional(Type.Array(Tag)),
  }),
  errors: ['InvalidTagException'],
});
