// Says what is wrong with a plan: the invariants, written from the specification by another hand than the planner's
// and sharing no code with it. Asserted on every plan, in production too, before anything is written.
//
// The order: each action must be allowed where it stands (`check-replay.ts`, `check-once.ts`); then, with all of them written, not too
// many targets are out of service and none is idle or forgotten (here), the deployment ends exactly when it must
// (`check-ending.ts`), and what the plan says of waiting is true (`check-waiting.ts`).

import type { Plan } from './actions.ts';
import { checkEnding } from './check-ending.ts';
import { count, deadlineOf, hasEnded, replay, runningEvents, whyNothingNew, type Complain, type Replayed } from './check-replay.ts';
import { checkOnce, onceWaitOf } from './check-once.ts';
import { checkWaiting } from './check-waiting.ts';
import type { InstanceStanding, Snapshot } from './snapshot.ts';

/** One sentence for each invariant that the plan would violate; empty when it may be written. */
export function check(snapshot: Snapshot, plan: Plan): readonly string[] {
  const violations: string[] = [];
  const complain: Complain = (sentence) => violations.push(sentence);
  const after = replay(snapshot, plan.actions, complain);
  checkOnce(plan.actions, after, complain);
  checkBudget(snapshot, after, complain);
  checkOrder(snapshot, after, complain);
  if (!hasEnded(after.status)) checkProgress(snapshot, after, complain);
  checkEnding(snapshot, after, complain);
  checkWaiting(snapshot, plan, after, complain);
  return violations;
}

/** Never more targets out of service than the minimum leaves; only a plan that takes one out can be at fault. */
function checkBudget(snapshot: Snapshot, after: Replayed, complain: Complain): void {
  if (after.started.length === 0) return;
  const { all, failed, inFlight } = count(after);
  const allowed = all - snapshot.deployment.minimumHealthyHosts;
  if (inFlight + failed > allowed) {
    complain(`${inFlight + failed} of ${all} targets would be out of service (${inFlight} in flight, ${failed} failed), but at most ${allowed} may be.`);
  }
}

const standings: readonly InstanceStanding[] = ['unhealthy', 'unknown', 'old', 'current'];

/** Started are the first of those pending: unhealthy before unknown before old before current, by lot within each. */
function checkOrder(snapshot: Snapshot, after: Replayed, complain: Complain): void {
  const pending = snapshot.targets.filter((target) => target.status === 'Pending');
  const inOrder = [...pending].sort((a, b) => standings.indexOf(a.standing) - standings.indexOf(b.standing) || a.lot - b.lot);
  const due = inOrder.slice(0, after.started.length).map((target) => target.targetId);
  if (due.join() !== after.started.join()) complain(`Targets are started in the order ${after.started.join(', ')}, but ${due.join(', ')} are due.`);
}

/** A deployment that goes on goes on as far as it may. */
function checkProgress(snapshot: Snapshot, after: Replayed, complain: Complain): void {
  for (const target of after.targets.values()) {
    const running = runningEvents(target);
    if (running.length > 1) complain(`${running.map((event) => event.name).join(' and ')} are running on ${target.targetId} at once.`);
    for (const event of running) {
      if (snapshot.now >= deadlineOf(event, snapshot, after)) complain(`${event.name} on ${target.targetId} is past its deadline and not given up.`);
    }
    const isIdle = target.status === 'InProgress' && running.length === 0 && onceWaitOf(target, snapshot, after) === null;
    if (isIdle && whyNothingNew(snapshot, after) === null) complain(`${target.targetId} is in progress and nothing runs on it.`);
  }
  const { all, failed, inFlight, pending } = count(after);
  const room = all - failed - snapshot.deployment.minimumHealthyHosts - inFlight;
  if (after.status === 'InProgress' && pending > 0 && room > 0 && whyNothingNew(snapshot, after) === null) {
    complain(`There is room for ${Math.min(room, pending)} more target(s), and none is started.`);
  }
}
