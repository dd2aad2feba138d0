import Type from 'typebox';
import { operation } from './operation.ts';
import { ApplicationName, NextToken } from '../model/names.ts';
import { PromotionInfo, PromotionStatus } from '../model/promotion.ts';
import { PromotionPathName } from '../model/promotion-path.ts';

export const listPromotions = operation({
  name: 'ListPromotions',
  route: 'GET /v1/promotions',
  summary: 'Lists promotions, newest first, by application, path and status.',
  access: 'read',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({
    applicationName: Type.Optional(ApplicationName),
    promotionPathName: Type.Optional(PromotionPathName),
    includeOnlyStatuses: Type.Optional(Type.Array(PromotionStatus)),
    nextToken: Type.Optional(NextToken),
  }),
  output: Type.Object({ promotions: Type.Array(PromotionInfo), nextToken: Type.Optional(Type.String()) }),
  errors: ['ApplicationDoesNotExistException', 'ApplicationNameRequiredException', 'InvalidApplicationNameException', 'InvalidInputException', 'InvalidNextTokenException', 'PromotionPathDoesNotExistException'],
});
