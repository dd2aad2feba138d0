// A tag: a key and a value, both case-sensitive.

import Type, { type Static } from 'typebox';

export const Tag = Type.Object({
  Key: Type.Optional(Type.String()),
  Value: Type.Optional(Type.String()),
});
export type Tag = Static<typeof Tag>;
