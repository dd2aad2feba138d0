import Type from 'typebox';
import { operation } from './operation.ts';
import { FleetProviderDefinition } from '../model/fleet-provider.ts';

export const putFleetProvider = operation({
  name: 'PutFleetProvider',
  route: 'PUT /v1/fleet-providers/:name',
  summary: 'Says who makes instances for blue/green deployments and takes them away, of groups that have its name in autoScalingGroups. Replaces what it meant before.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({
    ...FleetProviderDefinition.properties,
    secret: Type.Optional(Type.String({ minLength: 16, maxLength: 512, description: 'What requests to it are signed with, as Standard Webhooks writes secrets (whsec_ and base64), or as its bytes: stored encrypted, never shown. That of before stays when not given, as long as the host is the same; without any the controller\'s own is used.' })),
  }),
  output: Type.Object({}),
  errors: ['InvalidInputException'],
});
