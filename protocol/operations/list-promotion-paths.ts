import Type from 'typebox';
import { operation } from './operation.ts';
import { ApplicationName, NextToken } from '../model/names.ts';
import { required } from '../model/shape.ts';

export const listPromotionPaths = operation({
  name: 'ListPromotionPaths',
  route: 'GET /v1/applications/:applicationName/promotion-paths',
  summary: 'Lists names of promotion paths of an application.',
  access: 'read',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({
    applicationName: required('ApplicationNameRequiredException', ApplicationName),
    nextToken: Type.Optional(NextToken),
  }),
  output: Type.Object({ promotionPaths: Type.Array(Type.String()), nextToken: Type.Optional(Type.String()) }),
  errors: ['ApplicationDoesNotExistException', 'ApplicationNameRequiredException', 'InvalidApplicationNameException', 'InvalidNextTokenException'],
});
