import Type from 'typebox';
import { operation } from './operation.ts';
import { TrafficRouterName } from '../model/traffic-router.ts';

export const deleteTrafficRouter = operation({
  name: 'DeleteTrafficRouter',
  route: 'DELETE /v1/traffic-routers/:name',
  summary: 'Forgets what a load balancer\'s name means here. Groups that name it keep doing so; for their deployments it is then a target group of AWS, or nothing.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({ name: TrafficRouterName }),
  output: Type.Object({}),
  errors: [],
});
