import Type from 'typebox';
import { operation } from './operation.ts';
import { InstanceName } from '../model/names.ts';
import { required } from '../model/shape.ts';
import { Tag } from '../model/tag.ts';

export const removeTagsFromOnPremisesInstances = operation({
  name: 'RemoveTagsFromOnPremisesInstances',
  route: 'POST /v1/on-premises-instances/remove-tags',
  summary: 'Removes tags from on-premises instances.',
  access: 'write',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    tags: required('TagRequiredException', Type.Array(Tag)),
    instanceNames: required('InstanceNameRequiredException', Type.Array(InstanceName)),
  }),
  output: null,
  errors: ['InstanceLimitExceededException', 'InstanceNameRequiredException', 'InstanceNotRegisteredException', 'InvalidInstanceNameException', 'InvalidTagException', 'TagLimitExceededException', 'TagRequiredException'],
});
