import Type from 'typebox';
import { operation } from './operation.ts';
import { ApplicationName } from '../model/names.ts';
import { PromotionPathName } from '../model/promotion-path.ts';
import { required } from '../model/shape.ts';

export const deletePromotionPath = operation({
  name: 'DeletePromotionPath',
  route: 'DELETE /v1/applications/:applicationName/promotion-paths/:promotionPathName',
  summary: 'Deletes a promotion path. A promotion under way along it begins no further wave; its deployments are let end. Its history stays.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({
    applicationName: required('ApplicationNameRequiredException', ApplicationName),
    promotionPathName: PromotionPathName,
  }),
  output: Type.Object({}),
  errors: ['ApplicationDoesNotExistException', 'ApplicationNameRequiredException', 'InvalidApplicationNameException', 'InvalidInputException', 'PromotionPathDoesNotExistException'],
});
