import Type from 'typebox';
import { operation } from './operation.ts';
import { ApplicationName } from '../model/names.ts';
import { PromotionPathName, promotionPathSettings } from '../model/promotion-path.ts';
import { required } from '../model/shape.ts';

export const createPromotionPath = operation({
  name: 'CreatePromotionPath',
  route: 'POST /v1/applications/:applicationName/promotion-paths',
  summary: 'Defines the way that revisions go through several deployment groups: waves one after another, each let bake before the next.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({
    applicationName: required('ApplicationNameRequiredException', ApplicationName),
    promotionPathName: PromotionPathName,
    ...promotionPathSettings,
  }),
  output: Type.Object({ promotionPathId: Type.String() }),
  errors: ['ApplicationDoesNotExistException', 'ApplicationNameRequiredException', 'DeploymentGroupDoesNotExistException', 'DescriptionTooLongException', 'InvalidApplicationNameException', 'InvalidDeploymentGroupNameException', 'InvalidInputException', 'InvalidTriggerConfigException', 'PromotionPathAlreadyExistsException', 'PromotionPathLimitExceededException', 'TriggerTargetsLimitExceededException'],
});
