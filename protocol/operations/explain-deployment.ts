import Type from 'typebox';
import { operation } from './operation.ts';
import { DeploymentStatus } from '../model/deployment.ts';
import { DeploymentId } from '../model/names.ts';
import { required } from '../model/shape.ts';
import { Waiting } from '../model/waiting.ts';

export const explainDeployment = operation({
  name: 'ExplainDeployment',
  route: 'GET /v1/deployments/:deploymentId/explain',
  summary: 'Says why a deployment is not further along: every hold, with its typed reason and a sentence.',
  access: 'read',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({ deploymentId: required('DeploymentIdRequiredException', DeploymentId) }),
  output: Type.Object({
    deploymentId: DeploymentId,
    status: DeploymentStatus,
    waitingOn: Type.Array(Waiting),
    sentences: Type.Array(Type.String()),
  }),
  errors: ['DeploymentDoesNotExistException', 'DeploymentIdRequiredException', 'InvalidDeploymentIdException'],
});
