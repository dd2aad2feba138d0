import Type from 'typebox';
import { operation } from './operation.ts';
import { ApplicationName, Description, PromotionId } from '../model/names.ts';
import { ActivePromotionPolicy, PromotionPathName } from '../model/promotion-path.ts';
import { RevisionLocation } from '../model/revision.ts';
import { required } from '../model/shape.ts';

export const createPromotion = operation({
  name: 'CreatePromotion',
  route: 'POST /v1/applications/:applicationName/promotion-paths/:promotionPathName/promotions',
  summary: 'Starts one revision on its way along a promotion path. Answers at once; every group gets the same bytes, and windows, freezes, approvals, queues and alarms of each hold as always.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({
    applicationName: required('ApplicationNameRequiredException', ApplicationName),
    promotionPathName: PromotionPathName,
    revision: required('RevisionRequiredException', RevisionLocation),
    description: Type.Optional(Description),
    activePromotionPolicy: Type.Optional(ActivePromotionPolicy),
  }),
  output: Type.Object({ promotionId: PromotionId }),
  errors: ['ApplicationDoesNotExistException', 'ApplicationNameRequiredException', 'DeploymentGroupDoesNotExistException', 'DescriptionTooLongException', 'InvalidApplicationNameException', 'InvalidInputException', 'InvalidRevisionException', 'PromotionLimitExceededException', 'PromotionPathDoesNotExistException', 'RevisionRequiredException'],
});
