// A deployment that waits for somebody's word. The policy is the group's; the state is one deployment's. Ours, not
// CodeDeploy's.

import Type, { type Static } from 'typebox';
import { InstantType } from './timestamp.ts';

export const ApprovalPolicy = Type.Object({
  required: Type.Boolean({ description: 'Whether deployments of the group start only once approved; rollbacks and follow-on deployments of the same revision do not wait.' }),
  expiresInMinutes: Type.Optional(Type.Integer({ minimum: 1, maximum: 40_320, description: 'How long a deployment waits for approval before it is stopped; one day when not given.' })),
  allowSelfApproval: Type.Optional(Type.Boolean({ description: 'Whether the access key that created the deployment may approve it; true when not given.' })),
});
export type ApprovalPolicy = Static<typeof ApprovalPolicy>;

export const Approval = Type.Object({
  requestedAt: InstantType,
  requestedBy: Type.String({ description: 'Id of the access key that created the deployment.' }),
  expiresAt: InstantType,
  allowSelfApproval: Type.Boolean(),
  decision: Type.Optional(Type.Enum(['APPROVED', 'REJECTED'], { type: 'string' })),
  decidedAt: Type.Optional(InstantType),
  decidedBy: Type.Optional(Type.String()),
  comment: Type.Optional(Type.String()),
});
export type Approval = Static<typeof Approval>;
