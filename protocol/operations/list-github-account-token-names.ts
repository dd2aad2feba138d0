import Type from 'typebox';
import { operation } from './operation.ts';
import { NextToken } from '../model/names.ts';

export const listGitHubAccountTokenNames = operation({
  name: 'ListGitHubAccountTokenNames',
  route: 'GET /v1/github-account-tokens',
  summary: 'Lists stored GitHub tokens by name.',
  access: 'read',
  faces: 'both',
  isSupported: false,
  input: Type.Object({
    nextToken: Type.Optional(NextToken),
  }),
  output: Type.Object({
    tokenNameList: Type.Array(Type.String()),
    nextToken: Type.Optional(Type.String()),
  }),
  errors: ['InvalidNextTokenException', 'OperationNotSupportedException', 'ResourceValidationException'],
});
