// Who has come of the instances that are made for a deployment, and whom they replace: in the planner's terms, and as rows for
// those who make targets of them.
//
// New is who bears the deployment's tag, or is named by the provider and was registered after it was asked: nobody can have an
// instance that was there before, and serves somewhere, taken for a new one by saying its name.

import { madeForTagKey } from '../../protocol/model/fleet-provider.ts';
import type { ProvisioningState } from '../planner/provisioning-state.ts';
import { minimumHealthyHosts } from '../planner/healthy-hosts.ts';
import { type DeploymentDocument, DeploymentGroupDocument, readDocument } from '../store/documents.ts';
import { listHostsOf } from '../store/fleet-hosts.ts';
import { findFleetRequest, lastTroubleOf } from '../store/fleet-requests.ts';
import { effectiveTags, listLiveInstances } from '../store/instances.ts';
import { defaultConfigName, findConfigRules } from '../store/predefined-configs.ts';
import type { Database } from '../store/store.ts';
import type { DeploymentGroupsTable, DeploymentsTable, InstancesTable } from '../store/tables.ts';
import { findMembers, type Member } from './members.ts';

export interface LoadedProvisioning {
  readonly state: ProvisioningState;
  /** Of so many instances. */
  readonly minimumHealthyHosts: number;
  /** Those of the group. */
  readonly originals: readonly Member[];
  /** Those that have come, by name; connected or not. */
  readonly come: readonly InstancesTable[];
}

type Frozen = NonNullable<DeploymentDocument['provisioning']>;

export async function loadProvisioning(db: Database, row: DeploymentsTable, group: DeploymentGroupsTable | undefined, document: DeploymentDocument, frozen: Frozen, isConnected: (instanceId: string) => boolean): Promise<LoadedProvisioning> {
  const { fleetProvider, waitMs, instanceCount, requestId, askedAt = null, until = null, providedAt = null } = frozen;
  const fixed = { fleetProvider, waitMs, askedAt, until, providedAt };
  if (group === undefined || providedAt !== null) {
    return { state: { ...fixed, wanted: frozen.wanted ?? instanceCount ?? 0, here: 0, missing: [], answer: null, refusal: null }, minimumHealthyHosts: row.minimum_healthy_hosts, originals: [], come: [] };
  }
  const groupDocument = readDocument(DeploymentGroupDocument, group.document, `deployment group ${group.group_id}`);
  const { members: originals } = await findMembers(db, group, groupDocument, document.locationKey, false);
  const wanted = frozen.wanted ?? instanceCount ?? originals.length;
  const request = requestId === undefined ? null : await findFleetRequest(db, requestId);
  const named = (await listHostsOf(db, row.deployment_id)).map(({ name }) => name);
  const isOriginal = new Set(originals.map(({ instance }) => instance.instance_id));
  const come = request === null ? [] : (await listLiveInstances(db)).filter((instance) => !isOriginal.has(instance.instance_id) && isMadeFor(instance, row.deployment_id, named, Number(request.asked_at)));
  const here = come.filter((instance) => isConnected(instance.instance_id));
  const isHere = new Set(here.map(({ name }) => name));
  const trouble = requestId === undefined ? null : await lastTroubleOf(db, requestId);
  return {
    state: {
      ...fixed,
      wanted,
      here: here.length,
      missing: named.filter((name) => !isHere.has(name)),
      answer: trouble ?? (request === null || request.detail === '' ? null : request.detail),
      refusal: request?.state === 'Refused' ? request.detail : null,
    },
    minimumHealthyHosts: minimumHealthyHosts((await rulesOf(db, document.deploymentConfigName)).minimum, wanted),
    originals,
    come,
  };
}

/** `askedAt`: by the wall clock of the time. */
export function isMadeFor(instance: InstancesTable, deploymentId: string, named: readonly string[], askedAt: number): boolean {
  if (named.includes(instance.name) && Number(instance.registered_at) > askedAt) return true;
  // Most instances are not worth reading.
  if (!instance.agent_tags.includes(deploymentId) && !instance.api_tags.includes(deploymentId)) return false;
  return effectiveTags(instance).some(({ Key, Value }) => Key === madeForTagKey && Value === deploymentId);
}

/** A custom config may have been deleted since it was chosen. */
export async function rulesOf(db: Database, configName: string) {
  const rules = (await findConfigRules(db, configName)) ?? (await findConfigRules(db, defaultConfigName));
  if (rules === null) throw new Error(`There is no deployment config ${defaultConfigName}.`);
  return rules;
}
