import Type from 'typebox';
import { operation } from './operation.ts';
import { RegistrationStatus } from '../model/instance.ts';
import { InstanceName, NextToken } from '../model/names.ts';
import { TagFilter, TagFilterType } from '../model/tag-filter.ts';

export const listOnPremisesInstances = operation({
  name: 'ListOnPremisesInstances',
  route: 'GET /v1/on-premises-instances',
  summary: 'Lists on-premises instances by registration and tags.',
  access: 'read',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    registrationStatus: Type.Optional(RegistrationStatus),
    // The filter of groups under this operation's own error.
    tagFilters: Type.Optional(Type.Array(Type.Object({ ...TagFilter.properties, Type: Type.Optional({ ...TagFilterType, 'x-invalid': 'InvalidTagFilterException' }) }))),
    nextToken: Type.Optional(NextToken),
  }),
  output: Type.Object({
    instanceNames: Type.Array(InstanceName),
    nextToken: Type.Optional(Type.String()),
  }),
  errors: ['InvalidNextTokenException', 'InvalidRegistrationStatusException', 'InvalidTagFilterException'],
});
