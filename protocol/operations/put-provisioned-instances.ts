import Type from 'typebox';
import { operation } from './operation.ts';
import { DeploymentId, InstanceName } from '../model/names.ts';
import { required } from '../model/shape.ts';

export const putProvisionedInstances = operation({
  name: 'PutProvisionedInstances',
  route: 'POST /v1/deployments/:deploymentId/provisioned-instances',
  summary: 'Says which instances a fleet provider has made for a deployment that waits for them, or that it will not make any. May be said in parts, and again: what is named later adds to what was. An instance counts once it is enrolled and connected; one that was registered before it was asked for counts only where it bears the tag that the request names.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({
    deploymentId: required('DeploymentIdRequiredException', DeploymentId),
    instanceNames: Type.Optional(Type.Array(InstanceName, { maxItems: 1000 })),
    failure: Type.Optional(Type.String({ minLength: 1, maxLength: 500, description: 'Why there will be none: the deployment fails with it.' })),
  }),
  output: Type.Object({}),
  errors: ['DeploymentDoesNotExistException', 'DeploymentIdRequiredException', 'InvalidDeploymentIdException', 'InvalidDeploymentStatusException', 'InvalidInputException', 'InvalidInstanceNameException'],
});
