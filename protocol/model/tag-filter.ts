// Which instances a deployment group selects, by tag. `matchesEc2` and friends live in ./tag-match.ts.

import Type, { type Static } from 'typebox';
import { word } from './shape.ts';

export const EC2TagFilterType = word(['KEY_ONLY', 'VALUE_ONLY', 'KEY_AND_VALUE'], 'InvalidEC2TagException');
export type EC2TagFilterType = Static<typeof EC2TagFilterType>;

export const EC2TagFilter = Type.Object({
  Key: Type.Optional(Type.String()),
  Value: Type.Optional(Type.String()),
  Type: Type.Optional(EC2TagFilterType),
});
export type EC2TagFilter = Static<typeof EC2TagFilter>;

export const EC2TagSet = Type.Object({
  ec2TagSetList: Type.Optional(Type.Array(Type.Array(EC2TagFilter))),
});
export type EC2TagSet = Static<typeof EC2TagSet>;

export const TagFilterType = word(['KEY_ONLY', 'VALUE_ONLY', 'KEY_AND_VALUE'], 'InvalidTagException');
export type TagFilterType = Static<typeof TagFilterType>;

export const TagFilter = Type.Object({
  Key: Type.Optional(Type.String()),
  Value: Type.Optional(Type.String()),
  Type: Type.Optional(TagFilterType),
});
export type TagFilter = Static<typeof TagFilter>;

export const OnPremisesTagSet = Type.Object({
  onPremisesTagSetList: Type.Optional(Type.Array(Type.Array(TagFilter))),
});
export type OnPremisesTagSet = Static<typeof OnPremisesTagSet>;
