import Type from 'typebox';
import { operation } from './operation.ts';

export const revokeEnrollmentToken = operation({
  name: 'RevokeEnrollmentToken',
  route: 'DELETE /v1/enrollment-tokens/:tokenId',
  summary: 'Revokes a join token: nobody enrols with it any more. Agents enrolled earlier stay.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({ tokenId: Type.String({ description: 'The id of the token, not its secret.' }) }),
  output: Type.Object({}),
  errors: [],
});
