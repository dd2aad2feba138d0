// Load balancers of a deployment group, in CodeDeploy's shapes.

import Type, { type Static } from 'typebox';

export const ELBInfo = Type.Object({
  name: Type.Optional(Type.String()),
});
export type ELBInfo = Static<typeof ELBInfo>;

export const TargetGroupInfo = Type.Object({
  name: Type.Optional(Type.String()),
});
export type TargetGroupInfo = Static<typeof TargetGroupInfo>;

export const LoadBalancerInfo = Type.Object({
  elbInfoList: Type.Optional(Type.Array(ELBInfo)),
  targetGroupInfoList: Type.Optional(Type.Array(TargetGroupInfo)),
  targetGroupPairInfoList: Type.Optional(Type.Unknown()),
});
export type LoadBalancerInfo = Static<typeof LoadBalancerInfo>;
