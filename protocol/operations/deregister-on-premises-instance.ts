import Type from 'typebox';
import { operation } from './operation.ts';
import { InstanceName } from '../model/names.ts';
import { required } from '../model/shape.ts';

export const deregisterOnPremisesInstance = operation({
  name: 'DeregisterOnPremisesInstance',
  route: 'DELETE /v1/on-premises-instances/:instanceName',
  summary: 'Deregisters an on-premises instance; its record stays.',
  access: 'write',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    instanceName: required('InstanceNameRequiredException', InstanceName),
  }),
  output: null,
  errors: ['InstanceNameRequiredException', 'InvalidInstanceNameException'],
});
