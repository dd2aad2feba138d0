import Type from 'typebox';
import { operation } from './operation.ts';
import { FleetProviderDefinition, FleetProviderName } from '../model/fleet-provider.ts';
import { InstantType } from '../model/timestamp.ts';

export const FleetProviderInfo = Type.Object({
  ...FleetProviderDefinition.properties,
  hasSecret: Type.Boolean({ description: 'Of its own; false: it is asked with the controller\'s.' }),
  createdAt: InstantType,
  updatedAt: InstantType,
});

export const getFleetProvider = operation({
  name: 'GetFleetProvider',
  route: 'GET /v1/fleet-providers/:name',
  summary: 'Says who makes instances under that name.',
  access: 'read',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({ name: FleetProviderName }),
  output: Type.Object({ fleetProvider: FleetProviderInfo }),
  errors: ['NotFoundException'],
});
