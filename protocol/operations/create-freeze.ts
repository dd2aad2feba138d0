import Type from 'typebox';
import { operation } from './operation.ts';
import { FreezeInput } from '../model/calendar.ts';

export const createFreeze = operation({
  name: 'CreateFreeze',
  route: 'POST /v1/freezes',
  summary: 'Lets no deployment start that it covers (rollbacks may): everything, one application, or one deployment group; now, from one instant to another, or by a cron expression.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: FreezeInput,
  output: Type.Object({}),
  errors: ['ApplicationDoesNotExistException', 'DeploymentGroupDoesNotExistException', 'FreezeAlreadyExistsException', 'InvalidInputException'],
});
