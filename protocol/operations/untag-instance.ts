import Type from 'typebox';
import { operation } from './operation.ts';
import { InstanceName } from '../model/names.ts';
import { required } from '../model/shape.ts';

export const untagInstance = operation({
  name: 'UntagInstance',
  route: 'POST /v1/instances/:instanceName/tags/remove',
  summary: 'Removes tags that were set here by key. Tags that the agent itself brings stay.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({
    instanceName: required('InstanceNameRequiredException', InstanceName),
    tagKeys: required('TagRequiredException', Type.Array(Type.String())),
  }),
  output: Type.Object({}),
  errors: ['InstanceDoesNotExistException', 'InstanceNameRequiredException', 'TagRequiredException'],
});
