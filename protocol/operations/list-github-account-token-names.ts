import Type from 'typebox';
import { operation } from './operation.ts';
import { NextToken } from '../model/names.ts';

export const listGitHubAccountTokenNames = operation({
  name: 'ListGitHubAccountTokenNames',
  route: 'GET /v1/github-account-tokens',
  summary: 'Lists stored GitHub tokens by name; there are none, because tokens are settings of the controller.',
  access: 'read',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    nextToken: Type.Optional(NextToken),
  }),
  output: Type.Object({
    tokenNameList: Type.Array(Type.String()),
    nextToken: Type.Optional(Type.String()),
  }),
  errors: ['InvalidNextTokenException', 'OperationNotSupportedException', 'ResourceValidationException'],
});
