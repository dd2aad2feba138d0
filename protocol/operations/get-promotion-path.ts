import Type from 'typebox';
import { operation } from './operation.ts';
import { ApplicationName } from '../model/names.ts';
import { PromotionPathInfo, PromotionPathName } from '../model/promotion-path.ts';
import { required } from '../model/shape.ts';

export const getPromotionPath = operation({
  name: 'GetPromotionPath',
  route: 'GET /v1/applications/:applicationName/promotion-paths/:promotionPathName',
  summary: 'Says what a promotion path is: its waves, their groups, bakes and approvals.',
  access: 'read',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({
    applicationName: required('ApplicationNameRequiredException', ApplicationName),
    promotionPathName: PromotionPathName,
  }),
  output: Type.Object({ promotionPathInfo: PromotionPathInfo }),
  errors: ['ApplicationDoesNotExistException', 'ApplicationNameRequiredException', 'InvalidApplicationNameException', 'InvalidInputException', 'PromotionPathDoesNotExistException'],
});
