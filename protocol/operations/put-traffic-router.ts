import Type from 'typebox';
import { operation } from './operation.ts';
import { RouterCredentials, TrafficRouterDefinition } from '../model/traffic-router.ts';

export const putTrafficRouter = operation({
  name: 'PutTrafficRouter',
  route: 'PUT /v1/traffic-routers/:name',
  summary: 'Says what a load balancer\'s name means here, which deployment groups have in their loadBalancerInfo. Replaces what it meant before.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({
    ...TrafficRouterDefinition.properties,
    credentials: Type.Optional({ ...RouterCredentials, description: 'Of AWS, for a router of the kind elbv2: stored encrypted, never shown. Those there were stay when not given; without any the controller\'s own are used.' }),
  }),
  output: Type.Object({}),
  errors: ['InvalidInputException'],
});
