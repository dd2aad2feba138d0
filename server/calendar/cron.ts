// When a cron expression strikes, in a time zone, around a given instant. node-cron reads the expression and judges each
// candidate; what it offers for finding one asks the real clock and only looks ahead, so the search is ours.

import { createTask, validateDetailed, type ParsedFields } from 'node-cron';

export interface Cron {
  /** The last strike at or before `instant` and not before `notBefore`; null when there is none. Epoch milliseconds. */
  lastStrike(instant: number, notBefore: number): number | null;
  /** The first strike after `instant`; null when none comes within five years. */
  nextStrike(instant: number): number | null;
}

const dayMs = 86_400_000;
const farthestDays = 5 * 366;
const mostDaysKept = 64;

/** Why the expression or the time zone cannot be used, as a sentence; null when they can. */
export function whyNotCron(expression: string, timeZone: string): string | null {
  if (expression.trim().split(/\s+/).length !== 5) return `The cron expression "${expression}" does not have five fields: minute, hour, day of the month, month, day of the week.`;
  const read = validateDetailed(expression);
  if (!read.valid) return `The cron expression "${expression}" cannot be read: ${read.errors.map((error) => error.message).join('; ')}.`;
  try {
    formatterOf(timeZone);
  } catch {
    return `There is no time zone "${timeZone}". Use an IANA name, such as Europe/Berlin or UTC.`;
  }
  return parseCron(expression, timeZone).nextStrike(anyInstant) === null ? `The cron expression "${expression}" never strikes.` : null;
}

const anyInstant = 1_700_000_000_000;
const parsed = new Map<string, Cron>();

/** Throws for what `whyNotCron` objects to. */
export function parseCron(expression: string, timeZone: string): Cron {
  const key = `${timeZone} ${expression}`;
  const known = parsed.get(key);
  if (known !== undefined) return known;
  if (parsed.size > 1000) parsed.clear();
  const cron = makeCron(expression, timeZone);
  parsed.set(key, cron);
  return cron;
}

function makeCron(expression: string, timeZone: string): Cron {
  const { fields } = validateDetailed(expression);
  if (fields === undefined) throw new Error(`The cron expression "${expression}" cannot be read.`);
  // Never started: it is asked whether an instant fits, no more.
  const task = createTask(expression, () => {}, { timezone: timeZone });
  void task.destroy();
  const zone = formatterOf(timeZone);
  const times = timesOfDay(fields);

  const byDay = new Map<string, readonly number[]>();

  /** Strikes of one local day, ascending. */
  function strikesOf(day: LocalDay): readonly number[] {
    const key = `${day.year}-${day.month}-${day.day}`;
    const known = byDay.get(key);
    if (known !== undefined) return known;
    if (byDay.size >= mostDaysKept) byDay.clear();
    const strikes = findStrikes(day);
    byDay.set(key, strikes);
    return strikes;
  }

  function findStrikes(day: LocalDay): readonly number[] {
    const strikes: number[] = [];
    if (!fields!.month.includes(day.month) || !isDayMeant(day)) return strikes;
    for (const { hour, minute } of times) {
      const instant = instantOf({ ...day, hour, minute }, zone);
      if (instant !== null && instant !== strikes.at(-1)) strikes.push(instant);
    }
    return strikes;
  }

  /** Whether the days of month and week fit: the same at any time of the day, but some times may be skipped by the clocks. */
  function isDayMeant(day: LocalDay): boolean {
    return [times[0], times[Math.floor(times.length / 2)], times.at(-1)].some((time) => {
      const instant = time === undefined ? null : instantOf({ ...day, ...time }, zone);
      return instant !== null && task.match(new Date(instant));
    });
  }

  return {
    lastStrike(instant, notBefore) {
      for (let day = localDayOf(instant, zone); ; day = addDays(day, -1)) {
        const found = strikesOf(day).findLast((strike) => strike <= instant);
        if (found !== undefined) return found >= notBefore ? found : null;
        if (Date.UTC(day.year, day.month - 1, day.day) < notBefore - 2 * dayMs) return null;
      }
    },
    nextStrike(instant) {
      const today = localDayOf(instant, zone);
      for (let ahead = 0; ahead < farthestDays; ahead += 1) {
        const found = strikesOf(addDays(today, ahead)).find((strike) => strike > instant);
        if (found !== undefined) return found;
      }
      return null;
    },
  };
}

interface LocalDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

interface LocalTime extends LocalDay {
  readonly hour: number;
  readonly minute: number;
}

function timesOfDay({ hour, minute }: ParsedFields): readonly { readonly hour: number; readonly minute: number }[] {
  const minutes = minute.toSorted((a, b) => a - b);
  return hour.toSorted((a, b) => a - b).flatMap((h) => minutes.map((m) => ({ hour: h, minute: m })));
}

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' });
}

function localTimeOf(instant: number, zone: Intl.DateTimeFormat): LocalTime & { readonly second: number } {
  const parts = Object.fromEntries(zone.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  return { year: parts['year']!, month: parts['month']!, day: parts['day']!, hour: parts['hour']!, minute: parts['minute']!, second: parts['second']! };
}

function localDayOf(instant: number, zone: Intl.DateTimeFormat): LocalDay {
  const { year, month, day } = localTimeOf(instant, zone);
  return { year, month, day };
}

function addDays({ year, month, day }: LocalDay, days: number): LocalDay {
  const moved = new Date(Date.UTC(year, month - 1, day + days));
  return { year: moved.getUTCFullYear(), month: moved.getUTCMonth() + 1, day: moved.getUTCDate() };
}

/** The instant at which clocks in the zone show this; the earlier of two; null where they never do. */
function instantOf(local: LocalTime, zone: Intl.DateTimeFormat): number | null {
  const asUtc = Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute);
  // No zone is further from UTC than 15 hours, and none moves its clocks twice within a day.
  const offsets = new Set([asUtc - dayMs, asUtc + dayMs].map((near) => offsetAt(near, zone)));
  const fitting = [...offsets].map((offset) => asUtc - offset).filter((instant) => instant + offsetAt(instant, zone) === asUtc);
  return fitting.length === 0 ? null : Math.min(...fitting);
}

/** How far the zone's clocks are ahead of UTC at that instant, in milliseconds. */
function offsetAt(instant: number, zone: Intl.DateTimeFormat): number {
  const { year, month, day, hour, minute, second } = localTimeOf(instant, zone);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000;
}
