// An instance as the fleet page shows it: who it is, which tags count, and whether its agent is there.

import Type, { type Static } from 'typebox';
import { word } from './shape.ts';
import { InstantType } from './timestamp.ts';

export const EnrolledInstance = Type.Object({
  instanceName: Type.String(),
  instanceArn: Type.String(),
  kind: word(['ec2', 'onPremises']),
  tags: Type.Array(
    Type.Object({
      Key: Type.String(),
      Value: Type.String(),
      /** 'agent' tags come from the host's command line or config file; 'api' tags win over them. */
      setBy: word(['agent', 'api']),
    }),
  ),
  zone: Type.Optional(Type.String({ description: 'The availability zone that its agent reports.' })),
  isEnrolled: Type.Boolean({ description: 'Whether an agent has ever enrolled under this name.' }),
  isConnected: Type.Boolean(),
  lastSeenAt: Type.Optional(InstantType),
  agentVersion: Type.Optional(Type.String()),
});
export type EnrolledInstance = Static<typeof EnrolledInstance>;
