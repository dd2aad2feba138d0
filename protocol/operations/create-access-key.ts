import Type from 'typebox';
import { operation } from './operation.ts';
import { AccessKeyDescription, RoleName, Scope } from '../model/access-key.ts';
import { InstantType } from '../model/timestamp.ts';

export const createAccessKey = operation({
  name: 'CreateAccessKey',
  route: 'POST /v1/access-keys',
  summary: 'Makes an access key with a role, for all applications or some. The secret is shown this once.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({
    role: RoleName,
    description: Type.Optional(AccessKeyDescription),
    applications: Type.Optional(Scope),
    expiresInSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 315360000, description: 'How long it is good for; for ever when not given.' })),
  }),
  output: Type.Object({
    accessKeyId: Type.String(),
    secretAccessKey: Type.String(),
    role: RoleName,
    applications: Type.Optional(Scope),
    expiresAt: Type.Optional(InstantType),
  }),
  errors: ['InvalidApplicationNameException'],
});
