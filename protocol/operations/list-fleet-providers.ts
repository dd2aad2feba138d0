import Type from 'typebox';
import { operation } from './operation.ts';
import { FleetProviderInfo } from './get-fleet-provider.ts';
import { NextToken } from '../model/names.ts';

export const listFleetProviders = operation({
  name: 'ListFleetProviders',
  route: 'GET /v1/fleet-providers',
  summary: 'Lists the fleet providers that were defined here, by name.',
  access: 'read',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({ nextToken: Type.Optional(NextToken) }),
  output: Type.Object({ fleetProviders: Type.Array(FleetProviderInfo), nextToken: Type.Optional(Type.String()) }),
  errors: ['InvalidNextTokenException'],
});
