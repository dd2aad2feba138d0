// Which targets start now: as many of the open stage as there is room for, in order. Of those that serve requests only as
// many as can be spared (./serving.ts).

import type { Course } from './course.ts';
import { servingLast, servingRoom } from './serving.ts';
import type { Snapshot, TargetState } from './snapshot.ts';
import { stageOf, type StageCourse } from './stages.ts';

/** `courses`: how every target stands after moving on. In a stopping deployment no course is Pending any more. */
export function targetsToStart(snapshot: Snapshot, courses: readonly Course[], stage: StageCourse): readonly TargetState[] {
  if (stage.baking !== null || stage.halt !== null) return [];
  const pending = courses.filter((course) => course.status === 'Pending' && isOpen(course.target, snapshot, stage)).map((course) => course.target);
  const { room, ofServing } = servingRoom(snapshot, courses, stage);
  if (pending.length === 0 || room <= 0) return [];
  const { out, serving } = servingLast(pending);
  return [...out.slice(0, room), ...serving.slice(0, Math.max(0, ofServing))];
}

function isOpen(target: TargetState, { deployment }: Snapshot, stage: StageCourse): boolean {
  return (deployment.stages ?? []).length === 0 || stageOf(target) === stage.open;
}
