import Type from 'typebox';
import { operation } from './operation.ts';
import { InstanceName } from '../model/names.ts';
import { required } from '../model/shape.ts';

export const registerOnPremisesInstance = operation({
  name: 'RegisterOnPremisesInstance',
  route: 'POST /v1/on-premises-instances',
  summary: 'Registers an on-premises instance by name and exactly one IAM ARN.',
  access: 'write',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    instanceName: required('InstanceNameRequiredException', InstanceName),
    iamSessionArn: Type.Optional(Type.String()),
    iamUserArn: Type.Optional(Type.String()),
  }),
  output: null,
  errors: ['IamArnRequiredException', 'IamSessionArnAlreadyRegisteredException', 'IamUserArnAlreadyRegisteredException', 'IamUserArnRequiredException', 'InstanceNameAlreadyRegisteredException', 'InstanceNameRequiredException', 'InvalidIamSessionArnException', 'InvalidIamUserArnException', 'InvalidInstanceNameException', 'MultipleIamArnsProvidedException'],
});
