// By how much of the traffic a fleet that comes in gets it: CodeDeploy's trafficRoutingConfig, which it has for Lambda and ECS
// only, here for blue/green on instances. TimeBasedSteps is ours.

import Type, { type Static } from 'typebox';
import { word } from './shape.ts';

export const TrafficStep = Type.Object({
  percentage: Type.Integer({ description: 'What the replacement instances together get of the traffic from this step on: 1 to 100.' }),
  bakeSeconds: Type.Optional(Type.Integer({ description: 'How long it is watched before the next step; that of all steps when absent.' })),
});
export type TrafficStep = Static<typeof TrafficStep>;

export const TrafficRoutingConfig = Type.Object({
  type: Type.Optional(word(['AllAtOnce', 'TimeBasedCanary', 'TimeBasedLinear', 'TimeBasedSteps'], 'InvalidTrafficRoutingConfigurationException')),
  timeBasedCanary: Type.Optional(
    Type.Object({
      canaryPercentage: Type.Optional(Type.Integer()),
      canaryInterval: Type.Optional(Type.Integer({ description: 'Minutes between the two steps.' })),
    }),
  ),
  timeBasedLinear: Type.Optional(
    Type.Object({
      linearPercentage: Type.Optional(Type.Integer({ description: 'What each step adds.' })),
      linearInterval: Type.Optional(Type.Integer({ description: 'Minutes between two steps.' })),
    }),
  ),
  timeBasedSteps: Type.Optional(
    Type.Object(
      {
        steps: Type.Array(TrafficStep, { description: 'Each of a larger share than the last; the last is of 100.' }),
        bakeSeconds: Type.Optional(Type.Integer({ description: 'How long each step is watched; 0 when absent.' })),
      },
      { description: 'Ours.' },
    ),
  ),
});
export type TrafficRoutingConfig = Static<typeof TrafficRoutingConfig>;
