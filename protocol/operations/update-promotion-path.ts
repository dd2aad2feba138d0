import Type from 'typebox';
import { operation } from './operation.ts';
import { ApplicationName } from '../model/names.ts';
import { PromotionPathName, promotionPathSettings } from '../model/promotion-path.ts';
import { required } from '../model/shape.ts';

export const updatePromotionPath = operation({
  name: 'UpdatePromotionPath',
  route: 'PATCH /v1/applications/:applicationName/promotion-paths/:promotionPathName',
  summary: 'Changes a promotion path member by member: absent keeps, present replaces. Promotions under way go on by the path as it was.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({
    applicationName: required('ApplicationNameRequiredException', ApplicationName),
    promotionPathName: PromotionPathName,
    newPromotionPathName: Type.Optional(PromotionPathName),
    ...promotionPathSettings,
  }),
  output: Type.Object({}),
  errors: ['ApplicationDoesNotExistException', 'ApplicationNameRequiredException', 'DeploymentGroupDoesNotExistException', 'DescriptionTooLongException', 'InvalidApplicationNameException', 'InvalidDeploymentGroupNameException', 'InvalidInputException', 'InvalidTriggerConfigException', 'PromotionPathAlreadyExistsException', 'PromotionPathDoesNotExistException', 'TriggerTargetsLimitExceededException'],
});
