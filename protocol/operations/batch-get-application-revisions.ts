import Type from 'typebox';
import { operation } from './operation.ts';
import { ApplicationName } from '../model/names.ts';
import { RevisionInfo, RevisionLocation } from '../model/revision.ts';
import { atMost, required } from '../model/shape.ts';

export const batchGetApplicationRevisions = operation({
  name: 'BatchGetApplicationRevisions',
  route: 'POST /v1/applications/:applicationName/revisions/batch-get',
  summary: 'Says what is known of up to 100 revisions.',
  access: 'read',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    applicationName: required('ApplicationNameRequiredException', ApplicationName),
    revisions: atMost(100, 'BatchLimitExceededException', required('RevisionRequiredException', Type.Array(RevisionLocation))),
  }),
  output: Type.Object({
    applicationName: ApplicationName,
    errorMessage: Type.Optional(Type.String()),
    revisions: Type.Array(RevisionInfo),
  }),
  errors: ['ApplicationDoesNotExistException', 'ApplicationNameRequiredException', 'BatchLimitExceededException', 'InvalidApplicationNameException', 'InvalidRevisionException', 'RevisionRequiredException'],
});
