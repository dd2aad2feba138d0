import Type from 'typebox';
import { createDeployment } from './create-deployment.ts';
import { operation } from './operation.ts';
import { PlanConflict, PlanIndex, PlannedOutcome, PlannedTarget, PlannedTrafficStep, PlannedWave } from '../model/deployment-plan.ts';
import { ApplicationName, DeploymentConfigName, DeploymentGroupName, DeploymentId } from '../model/names.ts';
import { RevisionLocation } from '../model/revision.ts';
import { InstantType } from '../model/timestamp.ts';
import { Waiting } from '../model/waiting.ts';

const { planIndex: _, ...members } = createDeployment.input.properties;

export const planDeployment = operation({
  name: 'PlanDeployment',
  route: 'POST /v1/applications/:applicationName/plan-deployment',
  summary: 'Says what CreateDeployment would do with the same input: which targets in which waves, what would hold it, and what is in its way. Nothing is written. Its planIndex, given to CreateDeployment with the same input, has exactly that done.',
  access: 'read',
  faces: 'rest',
  isSupported: true,
  input: Type.Object(members),
  output: Type.Object({
    applicationName: ApplicationName,
    deploymentGroupName: DeploymentGroupName,
    revision: RevisionLocation,
    deploymentConfigName: DeploymentConfigName,
    minimumHealthyHosts: Type.Integer({ description: 'How many of the targets must stay healthy throughout.' }),
    targets: Type.Array(PlannedTarget),
    waves: Type.Array(PlannedWave, { description: 'If every instance does as it is told.' }),
    laterTargets: Type.Optional(Type.Integer({ description: 'So many more follow in the same manner: a large fleet is not looked at to the end.' })),
    trafficSteps: Type.Optional(Type.Array(PlannedTrafficStep, { description: 'By which shares the traffic moves from one fleet to another; absent: at once.' })),
    alarmBakeSeconds: Type.Optional(Type.Integer({ description: 'How long alarms are watched once every target has ended.' })),
    /** If every instance does as it is told; absent where there are laterTargets. */
    outcome: Type.Optional(PlannedOutcome),
    waitingOn: Type.Array(Waiting, { description: 'What would hold it before it starts.' }),
    sentences: Type.Array(Type.String(), { description: 'The same in words.' }),
    conflicts: Type.Array(PlanConflict),
    supersedes: Type.Array(DeploymentId, { description: 'Active deployments that would be stopped in its favour.' }),
    notes: Type.Array(Type.String()),
    planIndex: PlanIndex,
    expiresAt: InstantType,
  }),
  errors: createDeployment.errors.filter((code) => code !== 'DeploymentLimitExceededException' && code !== 'PlanOutdatedException' && code !== 'InvalidPlanIndexException'),
});
