import Type from 'typebox';
import { operation } from './operation.ts';
import { InstanceName } from '../model/names.ts';
import { required } from '../model/shape.ts';
import { Tag } from '../model/tag.ts';

export const addTagsToOnPremisesInstances = operation({
  name: 'AddTagsToOnPremisesInstances',
  route: 'POST /v1/on-premises-instances/add-tags',
  summary: 'Adds tags to on-premises instances.',
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
