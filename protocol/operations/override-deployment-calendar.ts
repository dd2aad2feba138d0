import Type from 'typebox';
import { operation } from './operation.ts';
import { DeploymentId } from '../model/names.ts';
import { required } from '../model/shape.ts';

export const overrideDeploymentCalendar = operation({
  name: 'OverrideDeploymentCalendar',
  route: 'POST /v1/deployments/:deploymentId/override-calendar',
  summary: 'Lets a waiting deployment start although it is outside its windows or frozen. The reason is kept with it.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({ deploymentId: required('DeploymentIdRequiredException', DeploymentId), reason: Type.String({ minLength: 1, maxLength: 256, description: 'Why it cannot wait.' }) }),
  output: Type.Object({}),
  errors: ['DeploymentAlreadyCompletedException', 'DeploymentDoesNotExistException', 'DeploymentIdRequiredException', 'InvalidDeploymentIdException', 'InvalidDeploymentStatusException'],
});
