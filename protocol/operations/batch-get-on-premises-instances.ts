import Type from 'typebox';
import { operation } from './operation.ts';
import { InstanceInfo } from '../model/instance.ts';
import { InstanceName } from '../model/names.ts';
import { atMost, required } from '../model/shape.ts';

export const batchGetOnPremisesInstances = operation({
  name: 'BatchGetOnPremisesInstances',
  route: 'POST /v1/on-premises-instances/batch-get',
  summary: 'Says what is known of up to 100 on-premises instances.',
  access: 'read',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    instanceNames: atMost(100, 'BatchLimitExceededException', required('InstanceNameRequiredException', Type.Array(InstanceName))),
  }),
  output: Type.Object({
    instanceInfos: Type.Array(InstanceInfo),
  }),
  errors: ['BatchLimitExceededException', 'InstanceNameRequiredException', 'InvalidInstanceNameException'],
});
