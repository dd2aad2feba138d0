import Type from 'typebox';
import { operation } from './operation.ts';
import { TrafficRouterDefinition, TrafficRouterName } from '../model/traffic-router.ts';
import { InstantType } from '../model/timestamp.ts';

export const TrafficRouterInfo = Type.Object({
  ...TrafficRouterDefinition.properties,
  hasCredentials: Type.Boolean(),
  createdAt: InstantType,
  updatedAt: InstantType,
});

export const getTrafficRouter = operation({
  name: 'GetTrafficRouter',
  route: 'GET /v1/traffic-routers/:name',
  summary: 'Says what a load balancer\'s name means here.',
  access: 'read',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({ name: TrafficRouterName }),
  output: Type.Object({ trafficRouter: TrafficRouterInfo }),
  errors: ['NotFoundException'],
});
