import Type from 'typebox';
import { operation } from './operation.ts';
import { ApplicationName } from '../model/names.ts';
import { required } from '../model/shape.ts';

export const updateApplication = operation({
  name: 'UpdateApplication',
  route: 'PATCH /v1/applications/:applicationName',
  summary: 'Renames an application; its id, groups and history stay.',
  access: 'write',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    applicationName: required('ApplicationNameRequiredException', ApplicationName),
    newApplicationName: Type.Optional(ApplicationName),
  }),
  output: null,
  errors: ['ApplicationAlreadyExistsException', 'ApplicationDoesNotExistException', 'ApplicationNameRequiredException', 'InvalidApplicationNameException'],
});
