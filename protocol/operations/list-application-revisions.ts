import Type from 'typebox';
import { operation } from './operation.ts';
import { ApplicationName, NextToken } from '../model/names.ts';
import { RevisionLocation } from '../model/revision.ts';
import { required, word } from '../model/shape.ts';

export const listApplicationRevisions = operation({
  name: 'ListApplicationRevisions',
  route: 'GET /v1/applications/:applicationName/revisions',
  summary: 'Lists the revisions of an application.',
  access: 'read',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    applicationName: required('ApplicationNameRequiredException', ApplicationName),
    sortBy: Type.Optional(word(['registerTime', 'firstUsedTime', 'lastUsedTime'], 'InvalidSortByException')),
    sortOrder: Type.Optional(word(['ascending', 'descending'], 'InvalidSortOrderException')),
    s3Bucket: Type.Optional(Type.String()),
    s3KeyPrefix: Type.Optional(Type.String()),
    deployed: Type.Optional(word(['include', 'exclude', 'ignore'], 'InvalidDeployedStateFilterException')),
    nextToken: Type.Optional(NextToken),
  }),
  output: Type.Object({
    revisions: Type.Array(RevisionLocation),
    nextToken: Type.Optional(Type.String()),
  }),
  errors: ['ApplicationDoesNotExistException', 'ApplicationNameRequiredException', 'BucketNameFilterRequiredException', 'InvalidApplicationNameException', 'InvalidBucketNameFilterException', 'InvalidDeployedStateFilterException', 'InvalidKeyPrefixFilterException', 'InvalidNextTokenException', 'InvalidSortByException', 'InvalidSortOrderException'],
});
