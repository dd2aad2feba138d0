import Type from 'typebox';
import { operation } from './operation.ts';

export const deleteResourcesByExternalId = operation({
  name: 'DeleteResourcesByExternalId',
  route: 'DELETE /v1/resources-by-external-id/:externalId',
  summary: 'It belongs to CloudFormation; nothing here has an external id.',
  access: 'write',
  faces: 'both',
  isSupported: false,
  input: Type.Object({
    externalId: Type.Optional(Type.String()),
  }),
  output: Type.Object({}),
  errors: [],
});
