import Type from 'typebox';
import { operation } from './operation.ts';
import { required } from '../model/shape.ts';

export const deleteGitHubAccountToken = operation({
  name: 'DeleteGitHubAccountToken',
  route: 'DELETE /v1/github-account-tokens/:tokenName',
  summary: 'Deletes a stored GitHub token; there are none, because tokens are settings of the controller.',
  access: 'write',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    tokenName: required('GitHubAccountTokenNameRequiredException', Type.String({ maxLength: 255, 'x-invalid': 'InvalidGitHubAccountTokenNameException' })),
  }),
  output: Type.Object({
    tokenName: Type.String(),
  }),
  errors: ['GitHubAccountTokenDoesNotExistException', 'GitHubAccountTokenNameRequiredException', 'InvalidGitHubAccountTokenNameException', 'OperationNotSupportedException', 'ResourceValidationException'],
});
