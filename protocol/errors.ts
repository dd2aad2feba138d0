// The error catalogue: every refusal a face, the CLI or an agent may show. Code (CodeDeploy's name where it has one),
// HTTP status on the REST face (the AWS face answers 400 or 500), and the sentence used when none fitter is given.
// A code is never reused. Retired, never sent: DeploymentAlreadyStartedException, InvalidInstanceIdException, InvalidTargetException.

const entries = {
  // CodeDeploy's own, as its model declares them
  AlarmsLimitExceededException: [400, 'The alarms limit is exceeded.'],
  ApplicationAlreadyExistsException: [409, 'The application already exists.'],
  ApplicationDoesNotExistException: [404, 'The application does not exist.'],
  ApplicationLimitExceededException: [400, 'The application limit is exceeded.'],
  ApplicationNameRequiredException: [400, 'The application name is missing.'],
  ArnNotSupportedException: [400, 'Resource tags belong to applications and deployment groups; this ARN names neither.'],
  BatchLimitExceededException: [400, 'The batch limit is exceeded.'],
  BucketNameFilterRequiredException: [400, 'The bucket name filter is missing.'],
  DeploymentAlreadyCompletedException: [409, 'The deployment has ended already.'],
  DeploymentConfigAlreadyExistsException: [409, 'The deployment config already exists.'],
  DeploymentConfigDoesNotExistException: [404, 'The deployment config does not exist.'],
  DeploymentConfigInUseException: [409, 'A deployment group still uses this deployment config.'],
  DeploymentConfigLimitExceededException: [400, 'The deployment config limit is exceeded.'],
  DeploymentConfigNameRequiredException: [400, 'The deployment config name is missing.'],
  DeploymentDoesNotExistException: [404, 'The deployment does not exist.'],
  DeploymentGroupAlreadyExistsException: [409, 'The deployment group already exists.'],
  DeploymentGroupDoesNotExistException: [404, 'The deployment group does not exist.'],
  DeploymentGroupLimitExceededException: [400, 'The deployment group limit is exceeded.'],
  DeploymentGroupNameRequiredException: [400, 'The deployment group name is missing.'],
  DeploymentIdRequiredException: [400, 'The deployment id is missing.'],
  DeploymentIsNotInReadyStateException: [409, 'The deployment is not waiting.'],
  DeploymentLimitExceededException: [409, 'The deployment limit is exceeded.'],
  DeploymentNotStartedException: [409, 'The deployment has not started; its targets are not known yet.'],
  DeploymentTargetDoesNotExistException: [404, 'The deployment target does not exist.'],
  DeploymentTargetIdRequiredException: [400, 'The deployment target id is missing.'],
  DeploymentTargetListSizeExceededException: [400, 'Too many targets in one call.'],
  DescriptionTooLongException: [400, 'The description is longer than 256 characters.'],
  ECSServiceMappingLimitExceededException: [400, 'The ECS service mapping limit is exceeded.'],
  GitHubAccountTokenDoesNotExistException: [404, 'The GitHub account token does not exist.'],
  GitHubAccountTokenNameRequiredException: [400, 'The GitHub account token name is missing.'],
  IamArnRequiredException: [400, 'The IAM ARN is missing.'],
  IamSessionArnAlreadyRegisteredException: [409, 'The IAM session ARN already registered.'],
  IamUserArnAlreadyRegisteredException: [409, 'The IAM user ARN already registered.'],
  IamUserArnRequiredException: [400, 'The IAM user ARN is missing.'],
  InstanceDoesNotExistException: [404, 'The instance does not exist.'],
  InstanceIdRequiredException: [400, 'The instance id is missing.'],
  InstanceLimitExceededException: [400, 'The instance limit is exceeded.'],
  InstanceNameAlreadyRegisteredException: [409, 'Instance name already registered.'],
  InstanceNameRequiredException: [400, 'The instance name is missing.'],
  InstanceNotRegisteredException: [404, 'The on-premises instance is not registered.'],
  InvalidAlarmConfigException: [400, 'The alarm config is not valid.'],
  InvalidApplicationNameException: [400, 'The application name is not valid.'],
  InvalidArnException: [400, 'The ARN is not valid.'],
  InvalidAutoRollbackConfigException: [400, 'The auto rollback config is not valid.'],
  InvalidAutoScalingGroupException: [400, 'The auto scaling group is not valid.'],
  InvalidBlueGreenDeploymentConfigurationException: [400, 'The blue green deployment configuration is not valid.'],
  InvalidBucketNameFilterException: [400, 'The bucket name filter is not valid.'],
  InvalidComputePlatformException: [400, 'The compute platform is not valid.'],
  InvalidDeployedStateFilterException: [400, 'The deployed state filter is not valid.'],
  InvalidDeploymentConfigNameException: [400, 'The deployment config name is not valid.'],
  InvalidDeploymentGroupNameException: [400, 'The deployment group name is not valid.'],
  InvalidDeploymentIdException: [400, 'The deployment id is not valid.'],
  InvalidDeploymentInstanceTypeException: [400, 'The deployment instance type is not valid.'],
  InvalidDeploymentStatusException: [400, 'The deployment status is not valid.'],
  InvalidDeploymentStyleException: [400, 'The deployment style is not valid.'],
  InvalidDeploymentTargetIdException: [400, 'The deployment target id is not valid.'],
  InvalidDeploymentWaitTypeException: [400, 'The deployment wait type is not valid.'],
  InvalidEC2TagCombinationException: [400, 'The ec2 tag combination is not valid.'],
  InvalidEC2TagException: [400, 'The ec2 tag is not valid.'],
  InvalidECSServiceException: [400, 'The ECS service is not valid.'],
  InvalidExternalIdException: [400, 'The external id is not valid.'],
  InvalidFileExistsBehaviorException: [400, 'The file exists behavior is not valid.'],
  InvalidGitHubAccountTokenException: [400, 'The GitHub account token is not valid.'],
  InvalidGitHubAccountTokenNameException: [400, 'The GitHub account token name is not valid.'],
  InvalidIamSessionArnException: [400, 'The IAM session ARN is not valid.'],
  InvalidIamUserArnException: [400, 'The IAM user ARN is not valid.'],
  InvalidIgnoreApplicationStopFailuresValueException: [400, 'The ignore application stop failures value is not valid.'],
  InvalidInputException: [400, 'The input is not valid.'],
  InvalidInstanceNameException: [400, 'The instance name is not valid.'],
  InvalidInstanceStatusException: [400, 'The instance status is not valid.'],
  InvalidInstanceTypeException: [400, 'The instance type is not valid.'],
  InvalidKeyPrefixFilterException: [400, 'The key prefix filter is not valid.'],
  InvalidLifecycleEventHookExecutionIdException: [400, 'The lifecycle event hook execution id is not valid.'],
  InvalidLifecycleEventHookExecutionStatusException: [400, 'The lifecycle event hook execution status is not valid.'],
  InvalidLoadBalancerInfoException: [400, 'The load balancer info is not valid.'],
  InvalidMinimumHealthyHostValueException: [400, 'The minimum healthy host value is not valid.'],
  InvalidNextTokenException: [400, 'The next token is not valid.'],
  InvalidOnPremisesTagCombinationException: [400, 'The on premises tag combination is not valid.'],
  InvalidOperationException: [400, 'The operation is not valid.'],
  InvalidRegistrationStatusException: [400, 'The registration status is not valid.'],
  InvalidRevisionException: [400, 'The revision is not valid.'],
  InvalidRoleException: [400, 'The role is not valid.'],
  InvalidSortByException: [400, 'The sort by is not valid.'],
  InvalidSortOrderException: [400, 'The sort order is not valid.'],
  InvalidTagException: [400, 'The tag is not valid.'],
  InvalidTagFilterException: [400, 'The tag filter is not valid.'],
  InvalidTagsToAddException: [400, 'The tags to add is not valid.'],
  InvalidTargetFilterNameException: [400, 'The target filter name is not valid.'],
  InvalidTargetGroupPairException: [400, 'The target group pair is not valid.'],
  InvalidTargetInstancesException: [400, 'The target instances is not valid.'],
  InvalidTimeRangeException: [400, 'The time range is not valid.'],
  InvalidTrafficRoutingConfigurationException: [400, 'The traffic routing configuration is not valid.'],
  InvalidTriggerConfigException: [400, 'The trigger config is not valid.'],
  InvalidUpdateOutdatedInstancesOnlyValueException: [400, 'The update outdated instances only value is not valid.'],
  InvalidZonalDeploymentConfigurationException: [400, 'The zonal deployment configuration is not valid.'],
  LifecycleEventAlreadyCompletedException: [409, 'Lifecycle event already completed.'],
  LifecycleHookLimitExceededException: [400, 'The lifecycle hook limit is exceeded.'],
  MultipleIamArnsProvidedException: [400, 'Give exactly one of iamUserArn and iamSessionArn.'],
  OperationNotSupportedException: [400, 'This operation of CodeDeploy is not supported.'],
  ResourceArnRequiredException: [400, 'The resource ARN is missing.'],
  ResourceValidationException: [400, 'The resource is not valid.'],
  RevisionDoesNotExistException: [404, 'The revision does not exist.'],
  RevisionRequiredException: [400, 'The revision is missing.'],
  RoleRequiredException: [400, 'The role is missing.'],
  TagLimitExceededException: [400, 'The tag limit is exceeded.'],
  TagRequiredException: [400, 'The tag is missing.'],
  TagSetListLimitExceededException: [400, 'The tag set list limit is exceeded.'],
  ThrottlingException: [429, 'Throttling.'],
  TriggerTargetsLimitExceededException: [400, 'The trigger targets limit is exceeded.'],
  UnsupportedActionForDeploymentTypeException: [400, 'Unsupported action for deployment type.'],
  // The front door's, and those CodeDeploy has no word for
  AccessDeniedException: [403, 'This credential may not do that.'],
  IncompleteSignatureException: [400, 'The Authorization header lacks a part.'],
  InvalidSignatureException: [403, 'The request signature does not match.'],
  MissingAuthenticationTokenException: [401, 'The request carries no credential.'],
  UnrecognizedClientException: [401, 'The access key is not known here.'],
  SerializationException: [400, 'The request body cannot be read.'],
  ValidationException: [400, 'The request does not fit the operation.'],
  UnknownOperationException: [404, 'There is no such operation.'],
  RequestEntityTooLargeException: [413, 'The request body is too large.'],
  NotFoundException: [404, 'There is nothing at this address.'],
  InternalFailure: [500, 'Something went wrong in the controller; its log has the request id.'],
  ServiceUnavailable: [503, 'The controller cannot answer now; try again.'],
  DeploymentTargetNotWaitingException: [409, 'The target does not wait for a decision.'],
  FreezeAlreadyExistsException: [409, 'There is a freeze of that name already.'],
  PromotionPathAlreadyExistsException: [409, 'The application has a promotion path of that name already.'],
  PromotionPathDoesNotExistException: [404, 'The promotion path does not exist.'],
  PromotionPathLimitExceededException: [400, 'The application has as many promotion paths as it may have.'],
  PromotionDoesNotExistException: [404, 'The promotion does not exist.'],
  PromotionLimitExceededException: [409, 'Another promotion along the same path is active.'],
  PromotionAlreadyCompletedException: [409, 'The promotion has ended already.'],
  InvalidPromotionStatusException: [400, 'The promotion does not wait for that.'],
  InvalidPlanIndexException: [400, 'The plan index is none that PlanDeployment gives.'],
  PlanOutdatedException: [409, 'What the plan showed is not what would be done any more. Plan again.'],
  InvalidBundleException: [400, 'The bundle cannot be used.'],
  AgentUnavailableException: [409, 'The agent cannot be asked now.'],
  InvalidIdentityDocumentException: [403, 'The identity document is not that of an EC2 instance that may enrol here.'],
  JoinTokenBoundException: [403, 'The join token is not for this host.'],
  InvalidJoinTokenException: [403, 'The join token is unknown, used up, expired or revoked. Make a new one with: fairlead token create'],
} as const satisfies Record<string, readonly [status: number, sentence: string]>;

export type ErrorCode = keyof typeof entries;

export interface CatalogueEntry {
  readonly code: ErrorCode;
  /** HTTP status on the REST face. */
  readonly status: number;
  readonly sentence: string;
}

export const errorCodes = Object.keys(entries) as readonly ErrorCode[];

export function catalogueEntry(code: ErrorCode): CatalogueEntry {
  const [status, sentence] = entries[code];
  return { code, status, sentence };
}

/** A refusal on its way to the reader. Thrown by handlers and checks; spelled by the faces. */
export class Failure extends Error {
  readonly code: ErrorCode;
  /** Dotted path of the member at fault, when there is one. */
  readonly field: string | null;

  constructor(code: ErrorCode, message?: string, field?: string) {
    super(message ?? entries[code][1]);
    this.name = 'Failure';
    this.code = code;
    this.field = field ?? null;
  }
}
