import Type from 'typebox';
import { operation } from './operation.ts';
import { NextToken } from '../model/names.ts';
import { required } from '../model/shape.ts';
import { Tag } from '../model/tag.ts';

export const listTagsForResource = operation({
  name: 'ListTagsForResource',
  route: 'GET /v1/resource-tags',
  summary: 'Lists the resource tags of an application or group.',
  access: 'read',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    ResourceArn: required('ResourceArnRequiredException', Type.String()),
    NextToken: Type.Optional(NextToken),
  }),
  output: Type.Object({
    Tags: Type.Array(Tag),
    NextToken: Type.Optional(Type.String()),
  }),
  errors: ['ArnNotSupportedException', 'InvalidArnException', 'ResourceArnRequiredException'],
});
