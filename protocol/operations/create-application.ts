import Type from 'typebox';
import { operation } from './operation.ts';
import { ComputePlatform } from '../model/application.ts';
import { ApplicationName } from '../model/names.ts';
import { required } from '../model/shape.ts';
import { Tag } from '../model/tag.ts';

export const createApplication = operation({
  name: 'CreateApplication',
  route: 'POST /v1/applications',
  summary: 'Creates an application.',
  access: 'write',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    applicationName: required('ApplicationNameRequiredException', ApplicationName),
    computePlatform: Type.Optional(ComputePlatform),
    tags: Type.Optional(Type.Array(Tag)),
  }),
  output: Type.Object({
    applicationId: Type.String(),
  }),
  errors: ['ApplicationAlreadyExistsException', 'ApplicationLimitExceededException', 'ApplicationNameRequiredException', 'InvalidApplicationNameException', 'InvalidComputePlatformException', 'InvalidTagsToAddException'],
});
