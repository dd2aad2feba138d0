// The nouns that the OpenAPI document defines once and refers to by name. A schema that is not listed here is spelled out
// where it occurs; nothing else depends on the list.

import type { TSchema } from 'typebox';
import { AlarmConfiguration } from '../../protocol/model/alarm.ts';
import { ApplicationInfo } from '../../protocol/model/application.ts';
import { BlueGreenDeploymentConfiguration } from '../../protocol/model/blue-green.ts';
import { DeploymentInfo } from '../../protocol/model/deployment.ts';
import { DeploymentConfigInfo } from '../../protocol/model/deployment-config.ts';
import { DeploymentGroupInfo } from '../../protocol/model/deployment-group.ts';
import { DeploymentStyle } from '../../protocol/model/deployment-style.ts';
import { EnrolledInstance } from '../../protocol/model/enrolled-instance.ts';
import { InstanceInfo } from '../../protocol/model/instance.ts';
import { InstanceSummary } from '../../protocol/model/instance-summary.ts';
import { LifecycleEvent } from '../../protocol/model/lifecycle-event.ts';
import { LoadBalancerInfo } from '../../protocol/model/load-balancer.ts';
import { LogPage, LogPiece } from '../../protocol/model/log-piece.ts';
import { RevisionLocation } from '../../protocol/model/revision.ts';
import { AutoRollbackConfiguration } from '../../protocol/model/rollback.ts';
import { Tag } from '../../protocol/model/tag.ts';
import { EC2TagSet, OnPremisesTagSet } from '../../protocol/model/tag-filter.ts';
import { TargetInstances } from '../../protocol/model/target-instances.ts';
import { DeploymentTarget } from '../../protocol/model/target.ts';
import { TriggerConfig } from '../../protocol/model/trigger.ts';
import { Waiting } from '../../protocol/model/waiting.ts';

export const namedSchemas: Readonly<Record<string, TSchema>> = {
  AlarmConfiguration,
  ApplicationInfo,
  AutoRollbackConfiguration,
  BlueGreenDeploymentConfiguration,
  DeploymentConfigInfo,
  DeploymentGroupInfo,
  DeploymentInfo,
  DeploymentStyle,
  DeploymentTarget,
  EC2TagSet,
  EnrolledInstance,
  InstanceInfo,
  InstanceSummary,
  LifecycleEvent,
  LoadBalancerInfo,
  LogPage,
  LogPiece,
  OnPremisesTagSet,
  RevisionLocation,
  Tag,
  TargetInstances,
  TriggerConfig,
  Waiting,
};
