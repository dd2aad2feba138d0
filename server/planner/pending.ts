// Why targets that are pending are not started: too many failed, no room, or another stage has its turn. Each hold is
// said for itself; one may stand beside another.

import type { Waiting } from '../../protocol/model/waiting.ts';
import type { Course, FleetCount } from './course.ts';
import { healthyHosts, roomToStart } from './healthy-hosts.ts';
import { lacksServing, servingRoom } from './serving.ts';
import type { Snapshot, Stage } from './snapshot.ts';
import { countStage, type StageCourse } from './stages.ts';

/** Empty when nothing is pending, unless the last step bakes. */
export function pendingFor(snapshot: Snapshot, courses: readonly Course[], fleet: FleetCount, stage: StageCourse): readonly Waiting[] {
  const { stages = [], minimumHealthyHosts: required } = snapshot.deployment;
  const open = stages[stage.open];
  if (open !== undefined && stage.baking !== null) return [bakingFor(open, stage.open, stages.length, stage.baking, fleet.pending)];
  if (fleet.pending === 0) return [];
  const { halt } = stage;
  if (halt?.kind === 'failures') {
    return [{ reason: 'TooManyFailed', failed: halt.failed, allowed: halt.mayFail, ...(halt.step === null ? {} : { step: halt.step }), ...(fleet.held === 0 ? {} : { undecided: fleet.held }), inFlight: fleet.inFlight, pending: fleet.pending }];
  }
  const holds: Waiting[] = [];
  const here = open === undefined ? fleet : countStage(courses, stage.open);
  if (here.pending > 0 && roomToStart(fleet, required) <= 0) {
    holds.push({ reason: 'MinimumHealthyHosts', healthy: healthyHosts(fleet), required, inFlight: fleet.inFlight, pending: fleet.pending });
  }
  const ofZone = open?.minimumHealthyHosts ?? null;
  if (open !== undefined && ofZone !== null && here.pending > 0 && roomToStart(here, ofZone) <= 0) {
    holds.push({ reason: 'MinimumHealthyHostsInZone', zone: open.name, healthy: healthyHosts(here), required: ofZone, inFlight: here.inFlight, pending: here.pending });
  }
  const serving = servingRoom(snapshot, courses, stage);
  if (lacksServing(serving)) holds.push({ reason: 'TooFewServing', serving: serving.serving, required, inFlight: fleet.inFlight, pending: serving.pending, missing: serving.missing.map(({ targetId }) => targetId).toSorted() });
  const later = fleet.pending - here.pending;
  if (open !== undefined && later > 0) holds.push(turnOf(open, stage.open, stages.length, later));
  return holds;
}

function bakingFor({ kind, name }: Stage, index: number, of: number, { since, until }: { readonly since: number; readonly until: number }, pending: number): Waiting {
  return kind === 'zone' ? { reason: 'ZoneBaking', zone: name, since, until, pending } : { reason: 'StepBaking', step: name, position: index + 1, of, since, until, pending };
}

function turnOf({ kind, name }: Stage, index: number, of: number, pending: number): Waiting {
  return kind === 'zone' ? { reason: 'ZoneUnderWay', zone: name, pending } : { reason: 'StepUnderWay', step: name, position: index + 1, of, pending };
}
