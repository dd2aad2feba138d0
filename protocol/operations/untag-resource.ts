import Type from 'typebox';
import { operation } from './operation.ts';
import { required } from '../model/shape.ts';

export const untagResource = operation({
  name: 'UntagResource',
  route: 'POST /v1/resource-tags/remove',
  summary: 'Removes resource tags.',
  access: 'write',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    ResourceArn: required('ResourceArnRequiredException', Type.String()),
    TagKeys: required('TagRequiredException', Type.Array(Type.String())),
  }),
  output: Type.Object({}),
  errors: ['ApplicationDoesNotExistException', 'ArnNotSupportedException', 'DeploymentConfigDoesNotExistException', 'DeploymentGroupDoesNotExistException', 'InvalidArnException', 'InvalidTagsToAddException', 'ResourceArnRequiredException', 'TagRequiredException'],
});
