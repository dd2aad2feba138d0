import Type from 'typebox';
import { operation } from './operation.ts';
import { ApplicationInfo } from '../model/application.ts';
import { ApplicationName } from '../model/names.ts';
import { required } from '../model/shape.ts';

export const getApplication = operation({
  name: 'GetApplication',
  route: 'GET /v1/applications/:applicationName',
  summary: 'Says what is known of one application.',
  access: 'read',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    applicationName: required('ApplicationNameRequiredException', ApplicationName),
  }),
  output: Type.Object({
    application: ApplicationInfo,
  }),
  errors: ['ApplicationDoesNotExistException', 'ApplicationNameRequiredException', 'InvalidApplicationNameException'],
});
