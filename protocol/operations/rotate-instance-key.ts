import Type from 'typebox';
import { InstanceName } from '../model/names.ts';
import { required } from '../model/shape.ts';
import { operation } from './operation.ts';

export const rotateInstanceKey = operation({
  name: 'RotateInstanceKey',
  route: 'POST /v1/instances/:instanceName/key',
  summary: 'Has the agent of an instance make itself a new key, which counts from then on instead of the old one. What runs on the host goes on.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({ instanceName: required('InstanceNameRequiredException', InstanceName) }),
  output: Type.Object({ publicKey: Type.String({ description: 'The new key: raw Ed25519, base64 (32 bytes).' }) }),
  errors: ['AgentUnavailableException', 'InstanceDoesNotExistException', 'InstanceNameRequiredException', 'InvalidInstanceNameException'],
});
