import Type from 'typebox';
import { operation } from './operation.ts';
import { FleetProviderName } from '../model/fleet-provider.ts';

export const deleteFleetProvider = operation({
  name: 'DeleteFleetProvider',
  route: 'DELETE /v1/fleet-providers/:name',
  summary: 'Forgets who makes instances under that name. Groups that name it keep doing so; what was asked of it and not answered is tried until it is given up.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({ name: FleetProviderName }),
  output: Type.Object({}),
  errors: [],
});
