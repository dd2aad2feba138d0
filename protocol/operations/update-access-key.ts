import Type from 'typebox';
import { operation } from './operation.ts';
import { AccessKeyDescription, AccessKeyId, RoleName, Scope } from '../model/access-key.ts';

export const updateAccessKey = operation({
  name: 'UpdateAccessKey',
  route: 'PATCH /v1/access-keys/:accessKeyId',
  summary: 'Changes the role, the applications or the description of a live access key, at once; its secret stays.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({
    accessKeyId: AccessKeyId,
    role: Type.Optional(RoleName),
    description: Type.Optional(AccessKeyDescription),
    applications: Type.Optional(Scope),
  }),
  output: Type.Object({}),
  errors: ['InvalidApplicationNameException', 'InvalidOperationException'],
});
