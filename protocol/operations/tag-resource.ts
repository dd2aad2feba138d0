import Type from 'typebox';
import { operation } from './operation.ts';
import { required } from '../model/shape.ts';
import { Tag } from '../model/tag.ts';

export const tagResource = operation({
  name: 'TagResource',
  route: 'POST /v1/resource-tags',
  summary: 'Adds resource tags.',
  access: 'write',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    ResourceArn: required('ResourceArnRequiredException', Type.String()),
    Tags: required('TagRequiredException', Type.Array(Tag)),
  }),
  output: Type.Object({}),
  errors: ['ApplicationDoesNotExistException', 'ArnNotSupportedException', 'DeploymentConfigDoesNotExistException', 'DeploymentGroupDoesNotExistException', 'InvalidArnException', 'InvalidTagsToAddException', 'ResourceArnRequiredException', 'TagRequiredException'],
});
