// Sixth part of `check.ts`: alarms. Whatever else a plan does, from the moment an alarm that counts was seen active nothing
// new is started, and the deployment ends as stopped for it.

import type { Action, Actions } from './actions.ts';
import type { Complain, Replayed } from './check-replay.ts';
import type { Snapshot } from './snapshot.ts';

/** What the alarms say of the snapshot: names of those that end the deployment, or that have to be seen before it may start. */
export function alarmsSay(snapshot: Snapshot): { readonly against: readonly string[]; readonly unseen: readonly string[] } {
  const { alarms, now } = snapshot;
  const against: string[] = [];
  const unseen: string[] = [];
  for (const alarm of alarms?.alarms ?? []) {
    if (alarm.isDryRun) continue;
    const isStale = alarm.goodUntil <= now;
    if (alarm.activeAt !== null || alarm.state === 'ALARM') against.push(alarm.name);
    else if ((alarm.state === 'ERROR' || isStale) && alarms?.ignoresPollFailure !== true) against.push(alarm.name);
    else if (alarm.state === null && !isStale) unseen.push(alarm.name);
  }
  return { against, unseen };
}

export function wasStoppedForAlarms(snapshot: Snapshot): boolean {
  return (snapshot.deployment.alarmStop ?? null) !== null;
}

/** Why alarms forbid anything new, whatever the plan says of them; null when they do not. */
export function whyAlarmsForbid(snapshot: Snapshot): string | null {
  if (wasStoppedForAlarms(snapshot)) return 'it was stopped for an alarm';
  const { against } = alarmsSay(snapshot);
  return against.length === 0 ? null : `these alarms are active or unreadable: ${against.join(', ')}`;
}

/** `isHeld`: something besides alarms keeps the deployment from starting; alarms count when it could start. */
export function checkAlarms(snapshot: Snapshot, actions: readonly Action[], after: Replayed, isHeld: boolean, complain: Complain): void {
  const stops = actions.filter((action): action is { readonly kind: 'StopForAlarms' } & Actions['StopForAlarms'] => action.kind === 'StopForAlarms');
  const { against } = alarmsSay(snapshot);
  const hasEndedBefore = ['Succeeded', 'Failed', 'Stopped'].includes(snapshot.deployment.status);
  if (stops.length > 1) complain('The deployment is stopped for alarms twice.');
  for (const stop of stops) {
    if (wasStoppedForAlarms(snapshot)) complain('The deployment is stopped for alarms a second time.');
    if (isHeld) complain('The deployment is stopped for alarms although something else keeps it from starting.');
    const wrong = stop.alarms.filter((name) => !against.includes(name));
    if (stop.alarms.length === 0 || wrong.length > 0) complain(`The deployment is stopped for ${stop.alarms.join(', ') || 'no alarm'}, but ${against.join(', ') || 'none'} stand against it.`);
  }
  const mustStop = against.length > 0 && !isHeld && !hasEndedBefore && !wasStoppedForAlarms(snapshot) && snapshot.deployment.stopRequestedAt === null;
  const isRefused = after.finish !== null && after.wasUntouched;
  if (mustStop && stops.length === 0 && !isRefused) complain(`${against.join(', ')} stand against the deployment, and it is not stopped.`);
  checkNotes(snapshot, actions, complain);
}

function checkNotes(snapshot: Snapshot, actions: readonly Action[], complain: Complain): void {
  for (const action of actions) {
    if (action.kind !== 'NoteAlarm') continue;
    const alarm = snapshot.alarms?.alarms.find((one) => one.name === action.alarm);
    const isActive = alarm?.state === 'ALARM' || (alarm?.activeAt ?? null) !== null;
    if (alarm?.isDryRun !== true || !isActive) complain(`${action.alarm} is noted as an active alarm on a dry run, which it is not.`);
    if (snapshot.deployment.notedAlarms?.includes(action.alarm) === true) complain(`${action.alarm} is noted twice.`);
  }
}

/** What the wakeup has to see to beside deadlines: the end of a bake, and what is known growing old. */
export function firstAlarmChange(snapshot: Snapshot, after: Replayed): number | null {
  const { alarms, now } = snapshot;
  if (alarms === undefined || wasStoppedForAlarms(snapshot) || snapshot.deployment.stopRequestedAt !== null) return null;
  const stale = alarms.ignoresPollFailure ? [] : alarms.alarms.filter((alarm) => !alarm.isDryRun && alarm.goodUntil > now).map((alarm) => alarm.goodUntil);
  const instants = [...stale, ...(after.alarmBakeUntil === null ? [] : [after.alarmBakeUntil])].filter((at) => at > now);
  return instants.length === 0 ? null : Math.min(...instants);
}
