import Type from 'typebox';
import { operation } from './operation.ts';
import { AccessKeySummary } from '../model/access-key.ts';
import { NextToken } from '../model/names.ts';

export const listAccessKeys = operation({
  name: 'ListAccessKeys',
  route: 'GET /v1/access-keys',
  summary: 'Lists access keys in order of their ids, revoked ones too, never with their secrets.',
  access: 'read',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({ nextToken: Type.Optional(NextToken) }),
  output: Type.Object({ accessKeys: Type.Array(AccessKeySummary), nextToken: Type.Optional(Type.String()) }),
  errors: ['InvalidNextTokenException'],
});
