// Which instances are the replacements of a blue/green deployment.

import Type, { type Static } from 'typebox';
import { EC2TagFilter, EC2TagSet, OnPremisesTagSet, TagFilter } from './tag-filter.ts';

export const TargetInstances = Type.Object({
  tagFilters: Type.Optional(Type.Array(EC2TagFilter)),
  autoScalingGroups: Type.Optional(Type.Array(Type.String())),
  ec2TagSet: Type.Optional(EC2TagSet),
  /** Ours: on-premises instances as replacements. */
  onPremisesInstanceTagFilters: Type.Optional(Type.Array(TagFilter)),
  onPremisesTagSet: Type.Optional(OnPremisesTagSet),
});
export type TargetInstances = Static<typeof TargetInstances>;
