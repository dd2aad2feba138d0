// What to do next after the server's refusal: a table, code by code. The server's own sentence says what happened; a code
// that is not here needs no more than that.

import type { ErrorCode } from '../protocol/errors.ts';

const steps: Partial<Record<ErrorCode, readonly string[]>> = {
  ApplicationDoesNotExistException: ['See which there are: fairlead application list', 'Make it: fairlead application create NAME'],
  ApplicationAlreadyExistsException: ['Look at it: fairlead application show NAME'],
  DeploymentGroupDoesNotExistException: ['See which there are: fairlead deployment-group list --application NAME'],
  DeploymentGroupAlreadyExistsException: ['Change it instead: fairlead deployment-group update NAME --application APPLICATION …'],
  DeploymentConfigDoesNotExistException: ['See which there are: fairlead deployment-config list'],
  DeploymentConfigInUseException: ['Give the groups that use it another one first: fairlead deployment-group update NAME --application APPLICATION --config OTHER'],
  DeploymentDoesNotExistException: ['See which there are: fairlead deployment list'],
  DeploymentLimitExceededException: ['Follow the one that runs: fairlead deployment watch ID', 'Or stop it: fairlead deployment stop ID'],
  DeploymentAlreadyCompletedException: ['See how it ended: fairlead deployment show ID'],
  DeploymentNotStartedException: ['See what it waits for: fairlead deployment explain ID'],
  PromotionPathDoesNotExistException: ['See which there are: fairlead promotion-path list --application NAME'],
  PromotionPathAlreadyExistsException: ['Change it instead: fairlead promotion-path update NAME --application APPLICATION …'],
  PromotionDoesNotExistException: ['See which there are: fairlead promotion list'],
  PromotionLimitExceededException: ['Follow the one that is under way: fairlead promotion watch ID', 'Or stop it: fairlead promotion stop ID', 'Or go behind it, or in its place: fairlead promote … --when-active queue|supersede'],
  PromotionAlreadyCompletedException: ['See how it ended: fairlead promotion show ID'],
  InvalidPromotionStatusException: ['See what it waits for: fairlead promotion explain ID'],
  RevisionDoesNotExistException: ['See which there are: fairlead revision list --application NAME', 'Or push one: fairlead push DIR --application NAME'],
  InvalidBundleException: ['Check its AppSpec: fairlead appspec validate appspec.yml', 'Check its contents: fairlead bundle unpack ARCHIVE DEST'],
  RequestEntityTooLargeException: ['Make the bundle smaller, or raise the limit in the server’s configuration.'],
  InstanceDoesNotExistException: ['See which there are: fairlead instance list'],
  InstanceNotRegisteredException: ['See which there are: fairlead instance list'],
  InvalidJoinTokenException: ['See which there are: fairlead token list'],
  AccessDeniedException: ['Use an access key that may do it.'],
  ServiceUnavailable: ['Try again in a moment.'],
  ThrottlingException: ['Try again in a moment.'],
};

/** Sentences to print below a refusal. `accessKeyOrigin` says where the access key came from. */
export function adviceFor(code: string, accessKeyOrigin: string): readonly string[] {
  if (code === 'UnrecognizedClientException' || code === 'InvalidSignatureException' || code === 'MissingAuthenticationTokenException') {
    return [`The access key came from ${accessKeyOrigin}. Is it for this server, and is the secret the one that belongs to it?`];
  }
  return Object.hasOwn(steps, code) ? (steps[code as ErrorCode] ?? []) : [];
}
