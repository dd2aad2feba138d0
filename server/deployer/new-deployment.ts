// Writes a new deployment: what is wrong with it becomes a defect, not an error: the answer is an id, and the deployment ends
// with a reason. User's deployments, rollbacks and follow-ons come through the same door: each is looked up in its own way
// (./draft-for-*.ts), all are frozen in one (./freeze-deployment.ts).

import { newDeploymentId, uuid } from '../../protocol/model/names.ts';
import type { RevisionLocation } from '../../protocol/model/revision.ts';
import type { Random } from '../../world/random.ts';
import { locationKey } from '../revisions/location.ts';
import { noteAttempted } from '../store/deployment-groups.ts';
import { findDeployment, insertDeployment } from '../store/deployments.ts';
import { findRevision, insertRevision, noteRevisionUsed } from '../store/revisions.ts';
import type { Database } from '../store/store.ts';
import { insertTargets } from '../store/targets.ts';
import { insertRoutes } from '../store/traffic-routes.ts';
import { insertWatchedAlarms, newWatchedAlarms } from '../store/watched-alarms.ts';
import { deploymentRow, targetRows } from './deployment-rows.ts';
import type { Draft } from './draft.ts';
import { draftForFollowOn, type FollowOnDeployment } from './draft-for-follow-on.ts';
import { draftForRollback, type RollbackDeployment } from './draft-for-rollback.ts';
import { draftForUser, type UserDeployment } from './draft-for-user.ts';
import { freezeDeployment, type FrozenDeployment } from './freeze-deployment.ts';
import { newLotSeed } from './lots.ts';

export type NewDeployment = UserDeployment | RollbackDeployment | FollowOnDeployment;

export interface Chance {
  readonly now: number;
  readonly random: Random;
}

/** What was shown before: the order that was drawn for it, and what holds the frozen decisions against it. Throws where they differ. */
export interface ShownPlan {
  readonly lotSeed: string;
  readonly holdAgainst: (draft: Draft, frozen: FrozenDeployment) => Promise<void>;
}

/**
 * Writes the deployment, its targets and its traces (revision, group) in the caller's transaction; returns its id. The
 * caller wakes it after the commit, and notes a rollback in the deployment that triggered it. Whether the group already
 * has an active deployment is the caller's to ask.
 */
export async function newDeployment(tx: Database, request: NewDeployment, { now, random }: Chance, shown: ShownPlan | null = null): Promise<string> {
  const deploymentId = await freeDeploymentId(tx, random);
  const draft = await draftFor(tx, deploymentId, request, now);
  const { group } = draft;
  const frozen = await freezeDeployment(tx, draft, shown?.lotSeed ?? newLotSeed(random));
  await shown?.holdAgainst(draft, frozen);
  await insertDeployment(tx, deploymentRow(deploymentId, draft, frozen, now));
  await insertTargets(tx, targetRows(deploymentId, frozen, now));
  await insertRoutes(tx, { groupId: group.group_id, deploymentId }, frozen.members.map(({ instance }) => instance), frozen.document.traffic?.routers ?? []);
  if (frozen.alarms !== null) await insertWatchedAlarms(tx, newWatchedAlarms(deploymentId, frozen.alarms.alarms));
  await noteRevision(tx, group.application_id, draft.revision, deploymentId, { now, random });
  await noteAttempted(tx, group.group_id, deploymentId);
  return deploymentId;
}

async function freeDeploymentId(tx: Database, random: Random): Promise<string> {
  for (;;) {
    const deploymentId = newDeploymentId((n) => random.below(n));
    if ((await findDeployment(tx, deploymentId)) === null) return deploymentId;
  }
}

async function draftFor(tx: Database, deploymentId: string, request: NewDeployment, now: number): Promise<Draft> {
  switch (request.kind) {
    case 'user':
      return draftForUser(request, now);
    case 'rollback':
      return draftForRollback(tx, deploymentId, request);
    case 'followOn':
      return draftForFollowOn(tx, request);
  }
}

/** A location not registered before is registered by being deployed. */
async function noteRevision(tx: Database, applicationId: string, revision: RevisionLocation, deploymentId: string, { now, random }: Chance): Promise<void> {
  const found = await findRevision(tx, applicationId, locationKey(revision));
  const revisionId = found?.revision_id ?? uuid(random.bytes(16));
  if (found === null) {
    await insertRevision(tx, {
      revision_id: revisionId,
      application_id: applicationId,
      location_key: locationKey(revision),
      location: JSON.stringify(revision),
      s3_bucket: revision.s3Location?.bucket ?? null,
      s3_key: revision.s3Location?.key ?? null,
      description: `Application revision registered by Deployment ID: ${deploymentId}`,
      registered_at: now,
      first_used_at: null,
      last_used_at: null,
    });
  }
  await noteRevisionUsed(tx, revisionId, now);
}
