// Says what is wrong with a plan: the invariants, written from the specification by another hand than the planner's
// and sharing no code with it. Asserted on every plan, in production too, before anything is written.
//
// The order: each action must be allowed where it stands (`check-replay.ts`, `check-once.ts`); then, with all of them written, not too
// many targets are out of service and none is idle or forgotten (here, and by zones and steps in `check-pace.ts`), the deployment
// ends exactly when it must (`check-ending.ts`), what the plan says of waiting is true (`check-waiting.ts`), and all who want
// to know are told (`check-notices.ts`); none of it against an alarm (`check-alarms.ts`), no request is dropped for it
// (`check-traffic.ts`), between two fleets the one that serves stays until the other does
// (`check-blue-green.ts`) and gets no more than its share (`check-shares.ts`), instances are made when they are wanted (`check-provisioning.ts`), and nothing comes after a failure but as somebody decided (`check-guided.ts`). What all of them start
// from is in `check-facts.ts`.

import type { Plan } from './actions.ts';
import { checkAlarms } from './check-alarms.ts';
import { checkFleets } from './check-blue-green.ts';
import { checkEnding } from './check-ending.ts';
import { checkGuided } from './check-guided.ts';
import { checkNotices } from './check-notices.ts';
import { awaitedEvent, count, deadlineOf, hasEnded, isDivided, isHeldBeforeStart, runningEvents, whyNothingNew, whyTooManyFailed } from './check-facts.ts';
import { replay, type Complain, type Replayed } from './check-replay.ts';
import { checkProvision } from './check-provisioning.ts';
import { checkOnce, onceWaitOf } from './check-once.ts';
import { checkStages, checkZoneBudgets, roomLeft } from './check-pace.ts';
import { checkShares } from './check-shares.ts';
import { checkServing, isOutAtRouters, startableBySight } from './check-serving.ts';
import { checkTraffic, firstLookSays, isOfRouters, unsureEventOf } from './check-traffic.ts';
import { isBetweenFleets } from './check-two-fleets.ts';
import { checkWaiting } from './check-waiting.ts';
import type { InstanceStanding, Snapshot } from './snapshot.ts';

/** One sentence for each invariant that the plan would violate; empty when it may be written. */
export function check(snapshot: Snapshot, plan: Plan): readonly string[] {
  const violations: string[] = [];
  const complain: Complain = (sentence) => violations.push(sentence);
  const after = replay(snapshot, plan.actions, complain);
  checkOnce(plan.actions, after, complain);
  if (isBetweenFleets(snapshot)) checkFleets(snapshot, plan, after, complain);
  else checkOneFleet(snapshot, after, complain);
  if (!hasEnded(after.status)) checkProgress(snapshot, after, complain);
  checkEnding(snapshot, after, complain);
  checkWaiting(snapshot, plan, after, complain);
  checkNotices(snapshot, plan.actions, after, complain);
  checkTraffic(snapshot, plan, after, complain);
  checkProvision(snapshot, after, complain);
  checkShares(snapshot, plan, after, complain);
  checkGuided(snapshot, after, complain);
  checkAlarms(snapshot, plan.actions, after, isHeldBeforeStart(snapshot), complain);
  return violations;
}

/** Who is taken out of service of the only fleet there is, and in which order. */
function checkOneFleet(snapshot: Snapshot, after: Replayed, complain: Complain): void {
  checkBudget(snapshot, after, complain);
  checkZoneBudgets(snapshot, after, complain);
  checkServing(snapshot, after, complain);
  checkOrder(snapshot, after, complain);
}

/** Never more targets out of service than the minimum leaves; only a plan that takes one out can be at fault. */
function checkBudget(snapshot: Snapshot, after: Replayed, complain: Complain): void {
  if (after.started.length === 0) return;
  const { all, failed, inFlight, leftOut } = count(after);
  const allowed = all - snapshot.deployment.minimumHealthyHosts;
  if (inFlight + failed + leftOut > allowed) {
    complain(`${inFlight + failed + leftOut} of ${all} targets would be out of service (${inFlight} in flight, ${failed} failed${leftOut === 0 ? '' : `, ${leftOut} left out`}), but at most ${allowed} may be.`);
  }
}

const standings: readonly InstanceStanding[] = ['unhealthy', 'unknown', 'old', 'current'];

/** Started are the first of those pending whose turn it is: those out of rotation, then in the order that the operator named, then unhealthy before unknown before old before current, by lot within each. */
function checkOrder(snapshot: Snapshot, after: Replayed, complain: Complain): void {
  const pending = snapshot.targets.filter((target) => target.status === 'Pending' && (!isDivided(snapshot) || (target.stage ?? 0) === after.openStage));
  const isLate = ({ routes = [] }: Snapshot['targets'][number]): number => Number(!isOutAtRouters({ routes }));
  const inOrder = [...pending].sort((a, b) => isLate(a) - isLate(b) || (a.rank ?? 0) - (b.rank ?? 0) || standings.indexOf(a.standing) - standings.indexOf(b.standing) || a.lot - b.lot);
  const due = inOrder.slice(0, after.started.length).map((target) => target.targetId);
  if (due.join() !== after.started.join()) complain(`Targets are started in the order ${after.started.join(', ')}, but ${due.join(', ')} are due.`);
}

/** A deployment that goes on goes on as far as it may. */
function checkProgress(snapshot: Snapshot, after: Replayed, complain: Complain): void {
  for (const target of after.targets.values()) {
    const running = runningEvents(target);
    if (running.length > 1) complain(`${running.map((event) => event.name).join(' and ')} are running on ${target.targetId} at once.`);
    for (const event of running.filter(({ name }) => !isOfRouters(name))) {
      if (snapshot.now >= deadlineOf(event, target.agent, snapshot, after)) complain(`${event.name} on ${target.targetId} is past its deadline and not given up.`);
    }
    const isIdle = target.status === 'InProgress' && running.length === 0 && onceWaitOf(target, snapshot, after) === null && unsureEventOf(target, snapshot, after) === null && awaitedEvent(target) === undefined;
    if (isIdle && whyNothingNew(snapshot, after) === null) complain(`${target.targetId} is in progress and nothing runs on it.`);
  }
  if (isBetweenFleets(snapshot)) return;
  checkStages(snapshot, after, complain);
  if (firstLookSays(snapshot, after) !== null) return;
  if (after.status !== 'InProgress' || whyNothingNew(snapshot, after) !== null || whyTooManyFailed(snapshot, after) !== null) return;
  const startable = startableBySight(snapshot, after, roomLeft(snapshot, after));
  if (startable > 0) complain(`There is room for ${startable} more target(s), and none is started.`);
}
