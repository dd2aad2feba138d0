import Type from 'typebox';
import { operation } from './operation.ts';
import { ApplicationInfo } from '../model/application.ts';
import { ApplicationName } from '../model/names.ts';
import { atMost, required } from '../model/shape.ts';

export const batchGetApplications = operation({
  name: 'BatchGetApplications',
  route: 'POST /v1/applications/batch-get',
  summary: 'Says what is known of up to 100 applications; one unknown name fails the call.',
  access: 'read',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    applicationNames: atMost(100, 'BatchLimitExceededException', required('ApplicationNameRequiredException', Type.Array(ApplicationName))),
  }),
  output: Type.Object({
    applicationsInfo: Type.Array(ApplicationInfo),
  }),
  errors: ['ApplicationDoesNotExistException', 'ApplicationNameRequiredException', 'BatchLimitExceededException', 'InvalidApplicationNameException'],
});
