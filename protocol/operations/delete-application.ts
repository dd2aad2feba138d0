import Type from 'typebox';
import { operation } from './operation.ts';
import { ApplicationName } from '../model/names.ts';
import { required } from '../model/shape.ts';

export const deleteApplication = operation({
  name: 'DeleteApplication',
  route: 'DELETE /v1/applications/:applicationName',
  summary: 'Deletes an application with its groups, revisions and deployments. Deleting one that is not there is no error.',
  access: 'write',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    applicationName: required('ApplicationNameRequiredException', ApplicationName),
  }),
  output: null,
  errors: ['ApplicationNameRequiredException', 'InvalidApplicationNameException', 'InvalidRoleException'],
});
