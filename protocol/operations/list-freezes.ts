import Type from 'typebox';
import { operation } from './operation.ts';
import { Freeze } from '../model/calendar.ts';

export const listFreezes = operation({
  name: 'ListFreezes',
  route: 'GET /v1/freezes',
  summary: 'Lists freezes, and says which are in force now.',
  access: 'read',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({}),
  output: Type.Object({ freezes: Type.Array(Freeze) }),
  errors: [],
});
