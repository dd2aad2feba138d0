// Everything the planner will go by, decided from a draft and frozen: the bundle's digest, the targets in their drawn order,
// the minimum as a number. It reads, and writes nothing: creating a deployment writes what comes out, planning one shows it.

import type { RevisionLocation } from '../../protocol/model/revision.ts';
import { locationKey } from '../revisions/location.ts';
import { readMembers } from '../store/deployment-groups.ts';
import type { DeploymentDocument, DeploymentGroupDocument } from '../store/documents.ts';
import { type ConfigRules, findConfigRules } from '../store/predefined-configs.ts';
import { listFindings } from '../store/router-findings.ts';
import type { Database } from '../store/store.ts';
import { listKeptOut } from '../store/traffic-routes.ts';
import type { Draft } from './draft.ts';
import { findDefect } from './find-defect.ts';
import { drawLots } from './lots.ts';
import { findMembers, type Member } from './members.ts';
import { findFleets, type FleetMembers } from './fleets.ts';
import { freezeBack, freezeForward } from './freeze-fleets.ts';
import { freezePace, type Pace } from './pace.ts';
import { freezeProvisioning } from './freeze-provisioning.ts';
import { findProviderOf, makesInstances } from './find-provider.ts';
import { freezeTraffic } from './freeze-traffic.ts';

export interface FrozenDeployment {
  readonly document: DeploymentDocument;
  readonly minimumHealthyHosts: number;
  /** What the config says, of which the minimum and the pace were made. */
  readonly rules: ConfigRules;
  readonly members: readonly Member[];
  /** In the order of the members. */
  readonly places: Pace['places'];
  /** Of which fleet each is; null: there is only one. In the order of the members. */
  readonly labels: readonly ('Blue' | 'Green' | null)[];
  /** Null: none are. */
  readonly alarms: WatchedAlarms | null;
}

export interface WatchedAlarms {
  readonly ignoresPollFailure: boolean;
  readonly bakeMs: number;
  readonly alarms: readonly { readonly name: string; readonly isDryRun: boolean }[];
}

/** `lotSeed`: of the order of targets that nothing else decides. The same seed, state and draft freeze the same. */
export async function freezeDeployment(db: Database, draft: Draft, lotSeed: string): Promise<FrozenDeployment> {
  const { group, groupDocument } = draft;
  const key = locationKey(draft.revision);
  const provider = draft.fleets?.direction === 'forward' ? await findProviderOf(db, groupDocument) : null;
  const made = provider !== null && makesInstances(groupDocument) ? await freezeProvisioning(db, draft, key, provider) : null;
  // Whose instances are made has no targets before they are here.
  const { members, fleets, hint } = made === null ? await findTargets(db, draft, key) : { members: [], fleets: { green: [], blue: [], hint: null, triggering: null }, hint: made.hint };
  const config = await chooseConfig(db, draft.configNames);
  const traffic = fleets?.triggering?.traffic ?? freezeTraffic({ ...groupDocument, deploymentStyle: draft.deploymentStyle });
  const keptOut = traffic === undefined ? new Set<string>() : await listKeptOut(db, group.group_id);
  const pace = freezePace(config.rules, groupDocument, members.map((member) => ({ ...member, isKeptOut: keptOut.has(member.instance.instance_id) })), drawLots(members.length, lotSeed), { isRollout: isRollout(draft), fleetSize: made?.count ?? incomingSize(fleets) });
  const watched = watchedAlarms(draft);
  const blueGreen = fleets === null ? null : fleets.triggering === null ? freezeForward(groupDocument, watched?.bakeMs ?? 0, readMembers(group), provider?.name ?? null, config.rules) : freezeBack(fleets.triggering);
  // Of two fleets, what the alarms are watched for is part of the wait in which the originals are kept.
  const alarms = watched === null || blueGreen === null ? watched : { ...watched, bakeMs: 0 };
  return {
    document: {
      revision: draft.revision,
      locationKey: key,
      bundle: draft.resolved.kind === 'bundle' ? draft.resolved.bundle : null,
      ...(draft.signature === null ? {} : { signature: draft.signature }),
      ...(group.target_revision === null ? {} : { previousRevision: JSON.parse(group.target_revision) as RevisionLocation }),
      deploymentConfigName: config.name,
      description: draft.description,
      ignoreApplicationStopFailures: draft.ignoreApplicationStopFailures || groupDocument.applicationStopPolicy === 'IGNORE',
      ...(groupDocument.applicationStopPolicy === 'USE_NEW_REVISION' ? { usesNewApplicationStop: true } : {}),
      ...pace.document,
      ...decisionTime(draft),
      updateOutdatedInstancesOnly: draft.onlyOutdated,
      fileExistsBehavior: draft.fileExistsBehavior,
      ...(draft.restartOf === null ? {} : { deploymentMode: 'RESTART' as const }),
      autoRollbackConfiguration: draft.autoRollback,
      ...(draft.alarms === null ? {} : { overrideAlarmConfiguration: draft.alarms }),
      ...(alarms === null ? {} : { alarms: { ignoresPollFailure: alarms.ignoresPollFailure, bakeMs: alarms.bakeMs } }),
      ...(groupDocument.triggerConfigurations.length === 0 ? {} : { triggers: groupDocument.triggerConfigurations }),
      deploymentStyle: draft.deploymentStyle,
      ...(traffic === undefined ? {} : { traffic }),
      ...fleetMembers(draft, fleets, blueGreen),
      ...(made === null ? {} : { provisioning: made.provisioning }),
      rollbackInfo: draft.rollbackInfo,
      ...(draft.parameters.length === 0 ? {} : { parameters: [...draft.parameters] }),
      ...draft.gates,
      defect: findDefect(draft, hint, provider !== null),
      statusMessages: [...(draft.restartOf === null ? [] : [`This deployment starts the revision of ${draft.restartOf} again, from the copy on each instance.`]), ...cautions(groupDocument, provider !== null), ...(made === null ? [] : [made.sentence]), ...releaseCautions(blueGreen), ...(await routerCautions(db, traffic))],
    },
    minimumHealthyHosts: draft.followOn === null ? leastHealthy(pace.minimum, fleets) : 0,
    rules: config.rules,
    members,
    places: pace.places,
    labels: members.map((member) => (fleets === null ? null : fleets.green.includes(member) ? 'Green' : 'Blue')),
    alarms,
  };
}

interface Targets {
  readonly members: readonly Member[];
  /** Null: in place. */
  readonly fleets: FleetMembers | null;
  /** Why there is nobody to deploy to, when that can be said. */
  readonly hint: string | null;
}

async function findTargets(db: Database, { group, groupDocument, fleets, onlyOutdated, followOn }: Draft, key: string): Promise<Targets> {
  if (fleets !== null) {
    const found = await findFleets(db, group, groupDocument, key, fleets);
    return { members: [...found.green, ...found.blue], fleets: found, hint: found.hint };
  }
  const { members, hint } = await findMembers(db, group, groupDocument, key, onlyOutdated);
  return { members: followOn === null ? members : members.filter(({ instance }) => followOn.instanceIds.includes(instance.instance_id)), fleets: null, hint };
}

function incomingSize(fleets: FleetMembers | null): number | null {
  return fleets === null ? null : (fleets.triggering === null ? fleets.green : fleets.blue).length;
}

/** The way back is never refused for a minimum that cannot be met. */
function leastHealthy(minimum: number, fleets: FleetMembers | null): number {
  return fleets === null || fleets.triggering === null ? minimum : Math.max(0, Math.min(minimum, fleets.blue.length - 1));
}

/** What callers are shown of how it goes from one fleet to the other, and what the planner goes by. */
function fleetMembers({ groupDocument, fleets }: Draft, found: FleetMembers | null, blueGreen: DeploymentDocument['blueGreen'] | null): Partial<DeploymentDocument> {
  const { loadBalancerInfo, blueGreenDeploymentConfiguration } = found?.triggering ?? groupDocument;
  return {
    ...(loadBalancerInfo === undefined ? {} : { loadBalancerInfo }),
    ...(blueGreen === null || blueGreen === undefined ? {} : { blueGreen, ...(blueGreenDeploymentConfiguration === undefined ? {} : { blueGreenDeploymentConfiguration }) }),
    ...(fleets?.direction === 'forward' && Object.keys(fleets.targetInstances).length > 0 ? { targetInstances: fleets.targetInstances } : {}),
  };
}

/** It brings something new, rather than going back or after. */
function isRollout({ creator }: Draft): boolean {
  return creator === 'user' || creator === 'CodeDeploy';
}

/** The first config that exists; a custom one may have been deleted since it was chosen. */
async function chooseConfig(db: Database, names: readonly string[]): Promise<{ readonly name: string; readonly rules: ConfigRules }> {
  for (const name of names) {
    const rules = await findConfigRules(db, name);
    if (rules !== null) return { name, rules };
  }
  throw new Error(`None of the deployment configs ${names.join(', ')} exists.`);
}

/**
 * What is watched for the deployment, or null. A rollback only reports: as a rule the alarm that caused it is still active,
 * and a rollback that stopped for it would leave the fleet on what is broken.
 */
function watchedAlarms({ alarms, groupDocument, creator }: Draft): WatchedAlarms | null {
  const { enabled, ignorePollAlarmFailure = false, alarms: named = [], bakeSeconds = 0 } = alarms ?? groupDocument.alarmConfiguration ?? {};
  if (enabled !== true || named.length === 0) return null;
  const isRollback = creator === 'codeDeployRollback';
  return {
    ignoresPollFailure: ignorePollAlarmFailure,
    bakeMs: isRollback ? 0 : 1000 * bakeSeconds,
    alarms: named.map(({ name = '', dryRun = false }) => ({ name, isDryRun: dryRun || isRollback })),
  };
}

const defaultDecisionMinutes = 60;

/** What goes back, or after, asks nobody; nor does a deployment to instances that serve nobody yet. */
function decisionTime(draft: Draft): Pick<DeploymentDocument, 'decideWithinMs'> {
  const { guidedFailure } = draft.groupDocument;
  if (!isRollout(draft) || draft.fleets !== null || guidedFailure?.enabled !== true) return {};
  return { decideWithinMs: (guidedFailure.decideWithinMinutes ?? defaultDecisionMinutes) * 60_000 };
}

/** What the group asks for and this controller does not do yet. Said with the deployment rather than kept silent. */
function cautions(group: DeploymentGroupDocument, isProvided: boolean): string[] {
  const said: string[] = [];
  if (group.autoScalingGroups.length > 0 && !isProvided) said.push('Instances of Auto Scaling groups are not looked up yet: only those selected by tag are deployed to.');
  return said;
}

/** TERMINATE is heeded as far as it goes: the instances are kept for their time, and out of rotation for good. */
function releaseCautions(blueGreen: DeploymentDocument['blueGreen'] | null): string[] {
  if (blueGreen?.releases !== true || blueGreen.fleetProvider !== undefined) return [];
  return ['The original instances are out of rotation when this deployment has succeeded; nothing here ends the machines. Whoever provides them may do so on the trigger DeploymentSuccess; ListDeploymentTargets with ServerInstanceLabel=Blue names them.'];
}

const mostRouterCautions = 5;

/** What is known to be wrong with the balancers that it will move traffic at. */
async function routerCautions(db: Database, traffic: DeploymentDocument['traffic']): Promise<string[]> {
  const found = await listFindings(db, (traffic?.routers ?? []).map(({ name }) => name));
  const said = found.slice(0, mostRouterCautions).map(({ severity, sentence }) => `Traffic ${severity}: ${sentence}`);
  return found.length > mostRouterCautions ? [...said, `And ${found.length - mostRouterCautions} more: fairlead lint --group APPLICATION/GROUP`] : said;
}
