import Type from 'typebox';
import { operation } from './operation.ts';

export const deleteGitHubAccountToken = operation({
  name: 'DeleteGitHubAccountToken',
  route: 'DELETE /v1/github-account-tokens/:tokenName',
  summary: 'Deletes a stored GitHub token.',
  access: 'write',
  faces: 'both',
  isSupported: false,
  input: Type.Object({
    tokenName: Type.Optional(Type.String()),
  }),
  output: Type.Object({
    tokenName: Type.String(),
  }),
  errors: ['GitHubAccountTokenDoesNotExistException', 'GitHubAccountTokenNameRequiredException', 'InvalidGitHubAccountTokenNameException', 'OperationNotSupportedException', 'ResourceValidationException'],
});
