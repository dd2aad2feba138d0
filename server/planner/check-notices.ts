// Fifth part of `check.ts`: whoever a trigger promises word of something gets it, once, and nobody else is told. Counted from
// what is different once the plan is written, not from its actions.

import type { Action } from './actions.ts';
import { awaitedEvent } from './check-facts.ts';
import type { Complain, Replayed } from './check-replay.ts';
import type { Snapshot } from './snapshot.ts';

export function checkNotices(snapshot: Snapshot, actions: readonly Action[], after: Replayed, complain: Complain): void {
  const due = duties(snapshot, after);
  const given = actions.flatMap((action) => (action.kind === 'Notify' ? [`${action.trigger} of ${action.event} ${action.aboutTargetId ?? ''}`] : []));
  const [counts, debts] = [timesOf(given), timesOf(due)];
  for (const notice of new Set([...due, ...given])) {
    const count = counts.get(notice) ?? 0;
    const owed = debts.get(notice) ?? 0;
    if (count !== owed) complain(`The plan tells ${notice} ${count} times; ${owed} are due.`);
  }
}

function timesOf(notices: readonly string[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const notice of notices) times.set(notice, (times.get(notice) ?? 0) + 1);
  return times;
}

function duties(snapshot: Snapshot, after: Replayed): readonly string[] {
  const triggers = snapshot.triggers ?? [];
  if (triggers.length === 0) return [];
  const happened: [event: string, about: string][] = [];
  if (snapshot.deployment.startedAt === null && after.startedAt !== null) happened.push(['DeploymentStart', '']);
  const [started, becameReady] = [new Set(after.started), new Set(after.fleets.becameReady)];
  for (const { targetId, status: before, events } of snapshot.targets) {
    const target = after.targets.get(targetId);
    const now = target?.status;
    // Of a failure about which somebody is asked word is given when it is asked, not once more when the answer is to fail. What
    // was tried again and fails anew is another failure.
    const asked = new Set(events.flatMap(({ held }) => (held === undefined ? [] : [held])));
    const wasAsked = target !== undefined && target.events.some(({ held }) => held !== undefined && asked.has(held));
    if (!wasAsked && target !== undefined && awaitedEvent(target) !== undefined) happened.push(['InstanceFailure', targetId]);
    if (before === 'Pending' && started.has(targetId)) happened.push(['InstanceStart', targetId]);
    if (becameReady.has(targetId)) happened.push(['InstanceReady', targetId]);
    if (now === before) continue;
    if (now === 'Succeeded') happened.push(['InstanceSuccess', targetId]);
    if ((now === 'Failed' || now === 'Unknown') && !wasAsked) happened.push(['InstanceFailure', targetId]);
  }
  if (after.fleets.readyAt !== (snapshot.deployment.blueGreen?.readyAt ?? null)) happened.push(['DeploymentReady', '']);
  if (after.finish?.status === 'Succeeded') happened.push(['DeploymentSuccess', '']);
  if (after.finish?.status === 'Failed') happened.push(['DeploymentFailure', '']);
  if (after.finish?.status === 'Stopped') happened.push(['DeploymentStop', '']);
  for (const _ of after.rollbacks) happened.push(['DeploymentRollback', '']);
  return triggers.flatMap(({ name, events }) => happened.flatMap(([event, about]) => (events.some((asked) => asked === event) ? [`${name} of ${event} ${about}`] : [])));
}
