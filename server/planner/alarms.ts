// What alarms mean for a deployment. An alarm counts from the moment the deployment could start: one that is active then
// stops it before it touches a host, one that becomes active later stops it as a request would, and stays its reason even
// if it passes. Alarms on a dry run are only noted.
//
//   not yet seen --> wait, for a bounded time      ALARM --> stop      INCONCLUSIVE --> go on
//   ERROR, or not seen anew for too long --> stop, unless the configuration ignores it
//
// Once every host is done a deployment that would succeed may bake: it stays, and so does all of the above.

import type { Action } from './actions.ts';
import { alarmsActive, alarmsUnreadable, dryRunAlarmActive } from './sentences.ts';
import type { AlarmStateOf, AlarmStop, Instant, Snapshot } from './snapshot.ts';
import { isStopping, isUnstarted } from './standing.ts';

export type AlarmVerdict =
  | { readonly kind: 'go' }
  | { readonly kind: 'stop'; readonly stop: AlarmStop }
  /** Until these have been seen, or count as ERROR. */
  | { readonly kind: 'wait'; readonly alarms: readonly string[]; readonly deadline: Instant; readonly wakeAt: Instant };

const go: AlarmVerdict = { kind: 'go' };

/** Asked of a deployment that nothing else keeps from starting, or that has started. */
export function heedAlarms(snapshot: Snapshot): AlarmVerdict {
  const watch = snapshot.alarms;
  if (watch === undefined) return go;
  const heeded = watch.alarms.filter((alarm) => !alarm.isDryRun);
  const nameOf = ({ name }: AlarmStateOf): string => name;
  const active = heeded.filter((alarm) => alarm.state === 'ALARM' || alarm.activeAt !== null);
  if (active.length > 0) return stopFor(snapshot, active.map(nameOf), alarmsActive(active.map(nameOf)));
  const unreadable = heeded.filter((alarm) => isUnreadable(alarm, snapshot.now));
  if (unreadable.length > 0 && !watch.ignoresPollFailure) return stopFor(snapshot, unreadable.map(nameOf), alarmsUnreadable(unreadable));
  const unseen = isUnstarted(snapshot) ? heeded.filter((alarm) => alarm.state === null && !isUnreadable(alarm, snapshot.now)) : [];
  if (unseen.length > 0) {
    const deadline = Math.min(...unseen.map((alarm) => alarm.goodUntil));
    return { kind: 'wait', alarms: unseen.map(nameOf), deadline, wakeAt: Math.min(deadline, alarmsGoStaleAt(snapshot) ?? deadline) };
  }
  return go;
}

/** The snapshot as it will be once the stop is written. */
export function stoppedFor(snapshot: Snapshot, stop: AlarmStop): Snapshot {
  return { ...snapshot, deployment: { ...snapshot.deployment, alarmStop: stop } };
}

/** A word on each alarm on a dry run that is active for the first time in a deployment that has started, or starts in this plan. */
export function noteDryRuns(snapshot: Snapshot): readonly Action[] {
  const noted = snapshot.deployment.notedAlarms ?? [];
  if (isUnstarted(snapshot) && isStopping(snapshot)) return [];
  return (snapshot.alarms?.alarms ?? [])
    .filter((alarm) => alarm.isDryRun && (alarm.state === 'ALARM' || alarm.activeAt !== null) && !noted.includes(alarm.name))
    .map(({ name, detail }) => ({ kind: 'NoteAlarm', alarm: name, message: dryRunAlarmActive(name, detail) }));
}

/** Until when a deployment whose hosts are all done is watched; null when it is not, or no longer. */
export function alarmBake({ now, alarms, deployment }: Snapshot): { readonly until: Instant; readonly begins: boolean } | null {
  if (alarms === undefined || alarms.bakeMs === 0) return null;
  const until = deployment.alarmBakeUntil ?? null;
  if (until === null) return { until: now + alarms.bakeMs, begins: true };
  return now < until ? { until, begins: false } : null;
}

/** When what is known of an alarm is too old; null when nothing will be. Only what would change a plan counts. */
export function alarmsGoStaleAt({ alarms, now }: Snapshot): Instant | null {
  if (alarms === undefined || alarms.ignoresPollFailure) return null;
  const instants = alarms.alarms.filter((alarm) => !alarm.isDryRun && alarm.goodUntil > now).map((alarm) => alarm.goodUntil);
  return instants.length === 0 ? null : Math.min(...instants);
}

function stopFor({ now }: Snapshot, alarms: readonly string[], message: string): AlarmVerdict {
  return { kind: 'stop', stop: { at: now, alarms, message } };
}

function isUnreadable({ state, goodUntil }: AlarmStateOf, now: Instant): boolean {
  return state === 'ERROR' || now >= goodUntil;
}
