// What a group says about its traffic, for deployments with traffic control. Ours: CodeDeploy leaves all of it to the
// load balancer.

import Type, { type Static } from 'typebox';
import { word } from './shape.ts';

/** What is done when requests are still under way once the time for them is over: the target fails untouched, or they are cut off. */
export const DrainTimeoutPolicy = word(['FAIL', 'FORCE'], 'InvalidInputException');
export type DrainTimeoutPolicy = Static<typeof DrainTimeoutPolicy>;

export const TrafficSettings = Type.Object({
  drainSeconds: Type.Optional(Type.Integer({ description: 'How long BlockTraffic waits for the requests under way to end: 1 to 28800, 300 when absent.' })),
  onDrainTimeout: Type.Optional(DrainTimeoutPolicy),
  serveSeconds: Type.Optional(Type.Integer({ description: 'How long AllowTraffic waits for the router to find the instance healthy: 1 to 28800, 3600 when absent.' })),
  minHealthySeconds: Type.Optional(Type.Integer({ description: 'For how long the router must have found it healthy without a break before AllowTraffic has succeeded: 0 to 3600, 0 when absent.' })),
});
export type TrafficSettings = Static<typeof TrafficSettings>;
