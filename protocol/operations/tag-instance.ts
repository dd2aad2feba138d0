import Type from 'typebox';
import { operation } from './operation.ts';
import { InstanceName } from '../model/names.ts';
import { required } from '../model/shape.ts';
import { Tag } from '../model/tag.ts';

export const tagInstance = operation({
  name: 'TagInstance',
  route: 'POST /v1/instances/:instanceName/tags',
  summary: 'Sets tags of an instance, EC2 or on-premises. They win over the tags its agent brings.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({
    instanceName: required('InstanceNameRequiredException', InstanceName),
    tags: required('TagRequiredException', Type.Array(Tag)),
  }),
  output: Type.Object({}),
  errors: ['InstanceDoesNotExistException', 'InstanceNameRequiredException', 'InvalidTagException', 'TagLimitExceededException', 'TagRequiredException'],
});
