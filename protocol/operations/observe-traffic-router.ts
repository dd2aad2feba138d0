import Type from 'typebox';
import { operation } from './operation.ts';
import { Finding, ObservedMember, TrafficRouterName } from '../model/traffic-router.ts';

export const observeTrafficRouter = operation({
  name: 'ObserveTrafficRouter',
  route: 'GET /v1/traffic-routers/:name/observation',
  summary: 'Asks a traffic router how the instances stand of all deployment groups that name it, and what is wrong with its settings. It need not be defined here.',
  access: 'read',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({ name: TrafficRouterName }),
  output: Type.Object({
    /** Why it could not be asked, or not all; absent when all went well. */
    trouble: Type.Optional(Type.String()),
    drain: Type.Optional(Type.String({ description: 'How it is known that nothing is under way: exact (counted), processExit, or time.' })),
    hasWeights: Type.Optional(Type.Boolean()),
    members: Type.Array(ObservedMember),
    findings: Type.Array(Finding),
  }),
  errors: [],
});
