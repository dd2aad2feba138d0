import Type from 'typebox';
import { operation } from './operation.ts';
import { ApplicationName, NextToken } from '../model/names.ts';

export const listApplications = operation({
  name: 'ListApplications',
  route: 'GET /v1/applications',
  summary: 'Lists application names, a page at a time.',
  access: 'read',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    nextToken: Type.Optional(NextToken),
  }),
  output: Type.Object({
    applications: Type.Array(ApplicationName),
    nextToken: Type.Optional(Type.String()),
  }),
  errors: ['InvalidNextTokenException'],
});
