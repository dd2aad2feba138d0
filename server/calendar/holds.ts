// What windows and freezes say at one instant. A freeze in force holds, whatever the windows say; without windows every
// time is a good time.

import type { DeploymentWindow, FreezeTimes } from '../../protocol/model/calendar.ts';
import type { CalendarHold } from '../planner/snapshot.ts';
import { parseCron } from './cron.ts';

const minuteMs = 60_000;
/** More periods in a row than this are taken for one without an end. */
const mostJoined = 1000;

/** Every reason of the calendar's why nothing may start at `now`; empty when something may. */
export function calendarHolds(windows: readonly DeploymentWindow[], freezes: readonly FreezeTimes[], now: number): readonly CalendarHold[] {
  const holds: CalendarHold[] = [];
  for (const freeze of freezes) {
    const span = spanAt(freeze, now);
    if (span !== null) holds.push({ kind: 'Freeze', freezeName: freeze.freezeName, reason: freeze.reason, until: span.until });
  }
  if (windows.length > 0 && !windows.some((window) => periodAt(window, now) !== null)) {
    const openings = windows.map(({ cron, timeZone = 'UTC' }) => parseCron(cron, timeZone).nextStrike(now)).filter((at) => at !== null);
    holds.push({ kind: 'Window', opensAt: openings.length === 0 ? null : Math.min(...openings) });
  }
  return holds;
}

/** Whether the freeze is in force, and until when; `until` null: until it is lifted. */
export function spanAt(freeze: FreezeTimes, now: number): { readonly until: number | null } | null {
  const { cron, durationMinutes, startsAt, endsAt } = freeze;
  if (now < (startsAt ?? -Infinity) || now >= (endsAt ?? Infinity)) return null;
  if (cron === undefined || durationMinutes === undefined) return { until: endsAt ?? null };
  const until = periodAt({ cron, durationMinutes, ...(freeze.timeZone === undefined ? {} : { timeZone: freeze.timeZone }) }, now);
  return until === null ? null : { until: endsAt === undefined ? until : Math.min(until, endsAt) };
}

/** Until when the period lasts that `now` is in, those that join it included; null when it is in none. */
function periodAt({ cron, timeZone = 'UTC', durationMinutes }: DeploymentWindow, now: number): number | null {
  const strikes = parseCron(cron, timeZone);
  const lastsMs = durationMinutes * minuteMs;
  const began = strikes.lastStrike(now, now - lastsMs + 1);
  if (began === null) return null;
  let until = began + lastsMs;
  let last = began;
  for (let joined = 0; joined < mostJoined; joined += 1) {
    const next = strikes.nextStrike(last);
    if (next === null || next > until) return until;
    last = next;
    until = next + lastsMs;
  }
  return until;
}
