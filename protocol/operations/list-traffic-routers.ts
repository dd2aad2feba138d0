import Type from 'typebox';
import { operation } from './operation.ts';
import { TrafficRouterInfo } from './get-traffic-router.ts';
import { NextToken } from '../model/names.ts';

export const listTrafficRouters = operation({
  name: 'ListTrafficRouters',
  route: 'GET /v1/traffic-routers',
  summary: 'Lists the traffic routers that were defined here, by name.',
  access: 'read',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({ nextToken: Type.Optional(NextToken) }),
  output: Type.Object({ trafficRouters: Type.Array(TrafficRouterInfo), nextToken: Type.Optional(Type.String()) }),
  errors: ['InvalidNextTokenException'],
});
