import Type from 'typebox';
import { operation } from './operation.ts';
import { DeploymentInfo } from '../model/deployment.ts';
import { DeploymentId } from '../model/names.ts';
import { atMost, required } from '../model/shape.ts';

export const batchGetDeployments = operation({
  name: 'BatchGetDeployments',
  route: 'POST /v1/deployments/batch-get',
  summary: 'Says how up to 100 deployments stand.',
  access: 'read',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    deploymentIds: atMost(100, 'BatchLimitExceededException', required('DeploymentIdRequiredException', Type.Array(DeploymentId))),
  }),
  output: Type.Object({
    deploymentsInfo: Type.Array(DeploymentInfo),
  }),
  errors: ['BatchLimitExceededException', 'DeploymentIdRequiredException', 'InvalidDeploymentIdException'],
});
