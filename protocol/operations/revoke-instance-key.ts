import Type from 'typebox';
import { InstanceName } from '../model/names.ts';
import { required } from '../model/shape.ts';
import { operation } from './operation.ts';

export const revokeInstanceKey = operation({
  name: 'RevokeInstanceKey',
  route: 'DELETE /v1/instances/:instanceName/key',
  summary: "Revokes the key of an instance's agent: it is sent away at once and is let in no more. The instance keeps its tags and its place; its host comes back with a new join token.",
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({ instanceName: required('InstanceNameRequiredException', InstanceName) }),
  output: Type.Object({}),
  errors: ['InstanceDoesNotExistException', 'InstanceNameRequiredException', 'InvalidInstanceNameException'],
});
