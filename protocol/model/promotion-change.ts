// One picture of a promotion, whole, as the watch stream carries it: the reader needs no history.

import Type, { type Static } from 'typebox';
import { PromotionInfo } from './promotion.ts';
import { PromotionWaiting } from './promotion-waiting.ts';

export const PromotionChange = Type.Object({
  promotion: PromotionInfo,
  waitingOn: Type.Immutable(Type.Array(PromotionWaiting)),
  /** `waitingOn` in words, as of when the server said them. */
  sentences: Type.Immutable(Type.Array(Type.String())),
});
export type PromotionChange = Static<typeof PromotionChange>;
