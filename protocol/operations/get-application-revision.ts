import Type from 'typebox';
import { operation } from './operation.ts';
import { ApplicationName } from '../model/names.ts';
import { GenericRevisionInfo, RevisionLocation } from '../model/revision.ts';
import { required } from '../model/shape.ts';

export const getApplicationRevision = operation({
  name: 'GetApplicationRevision',
  route: 'POST /v1/applications/:applicationName/revisions/get',
  summary: 'Says what is known of one revision, found by its whole location.',
  access: 'read',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    applicationName: required('ApplicationNameRequiredException', ApplicationName),
    revision: required('RevisionRequiredException', RevisionLocation),
  }),
  output: Type.Object({
    applicationName: ApplicationName,
    revision: RevisionLocation,
    revisionInfo: GenericRevisionInfo,
  }),
  errors: ['ApplicationDoesNotExistException', 'ApplicationNameRequiredException', 'InvalidApplicationNameException', 'InvalidRevisionException', 'RevisionDoesNotExistException', 'RevisionRequiredException'],
});
