import Type from 'typebox';
import { operation } from './operation.ts';
import { AccessKeyId } from '../model/access-key.ts';

export const revokeAccessKey = operation({
  name: 'RevokeAccessKey',
  route: 'DELETE /v1/access-keys/:accessKeyId',
  summary: 'Revokes an access key at once: its requests are refused and its open streams end. The last administrator key stays.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({ accessKeyId: AccessKeyId }),
  output: Type.Object({}),
  errors: ['InvalidOperationException'],
});
