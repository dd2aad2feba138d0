// Which targets start now: as many as there is room for, in order. Zones narrow the room here when they come.

import { countFleet, type Course } from './course.ts';
import { roomToStart } from './healthy-hosts.ts';
import type { Snapshot, TargetState } from './snapshot.ts';
import { inOrder } from './target-order.ts';

/** `courses`: how every target stands after moving on. In a stopping deployment no course is Pending any more. */
export function targetsToStart(snapshot: Snapshot, courses: readonly Course[]): readonly TargetState[] {
  const fleet = countFleet(courses);
  const room = roomToStart(fleet, snapshot.deployment.minimumHealthyHosts);
  if (room <= 0 || fleet.pending === 0) return [];
  return inOrder(courses.filter((course) => course.status === 'Pending').map((course) => course.target)).slice(0, room);
}
