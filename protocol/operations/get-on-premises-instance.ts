import Type from 'typebox';
import { operation } from './operation.ts';
import { InstanceInfo } from '../model/instance.ts';
import { InstanceName } from '../model/names.ts';
import { required } from '../model/shape.ts';

export const getOnPremisesInstance = operation({
  name: 'GetOnPremisesInstance',
  route: 'GET /v1/on-premises-instances/:instanceName',
  summary: 'Says what is known of one on-premises instance.',
  access: 'read',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    instanceName: required('InstanceNameRequiredException', InstanceName),
  }),
  output: Type.Object({
    instanceInfo: InstanceInfo,
  }),
  errors: ['InstanceNameRequiredException', 'InstanceNotRegisteredException', 'InvalidInstanceNameException'],
});
