import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { calendarHolds } from '../../server/calendar/holds.ts';

const at = (text: string): number => Date.parse(text);
const nights = { cron: '0 22 * * *', durationMinutes: 240 };

describe('the calendar of a deployment group', () => {
  it('without windows and freezes holds nothing', () => {
    assert.deepEqual(calendarHolds([], [], at('2026-11-22T12:00:00Z')), []);
  });

  it('holds outside its windows and says when the next opens', () => {
    assert.deepEqual(calendarHolds([nights], [], at('2026-11-22T12:00:00Z')), [{ kind: 'Window', opensAt: at('2026-11-22T22:00:00Z') }]);
  });

  it('holds nothing from the first instant of a window to the last before its end', () => {
    assert.deepEqual(calendarHolds([nights], [], at('2026-11-22T22:00:00Z')), []);
    assert.deepEqual(calendarHolds([nights], [], at('2026-11-23T02:00:00Z') - 1), []);
    assert.equal(calendarHolds([nights], [], at('2026-11-23T02:00:00Z')).length, 1);
  });

  it('is open while any of its windows is', () => {
    assert.deepEqual(calendarHolds([nights, { cron: '0 12 * * *', durationMinutes: 1 }], [], at('2026-11-22T12:00:30Z')), []);
  });

  it('holds in a freeze even while a window is open, until the freeze ends', () => {
    const freeze = { freezeName: 'christmas', reason: 'nobody is in', startsAt: at('2026-12-23T18:00:00Z'), endsAt: at('2027-01-02T08:00:00Z') };
    assert.deepEqual(calendarHolds([nights], [freeze], at('2026-12-24T23:00:00Z')), [{ kind: 'Freeze', freezeName: 'christmas', reason: 'nobody is in', until: freeze.endsAt }]);
    assert.deepEqual(calendarHolds([nights], [freeze], at('2026-12-23T17:59:59Z')).map((hold) => hold.kind), ['Window']);
    assert.deepEqual(calendarHolds([], [freeze], freeze.endsAt), []);
  });

  it('holds in a freeze without times until it is lifted', () => {
    assert.deepEqual(calendarHolds([], [{ freezeName: 'incident', reason: 'down' }], 0), [{ kind: 'Freeze', freezeName: 'incident', reason: 'down', until: null }]);
  });

  it('takes freezes that join for one', () => {
    const hourly = { freezeName: 'days', reason: 'open hours', cron: '0 8-17 * * *', durationMinutes: 60, timeZone: 'UTC' };
    assert.deepEqual(calendarHolds([], [hourly], at('2026-11-22T09:30:00Z')), [{ kind: 'Freeze', freezeName: 'days', reason: 'open hours', until: at('2026-11-22T18:00:00Z') }]);
  });

  it('keeps a freeze by cron within its first and last instant', () => {
    const weekends = { freezeName: 'weekends', reason: 'rest', cron: '0 0 * * 6', durationMinutes: 2880, endsAt: at('2026-11-22T12:00:00Z') };
    assert.deepEqual(calendarHolds([], [weekends], at('2026-11-22T11:00:00Z')).map((hold) => hold.kind === 'Freeze' && hold.until), [weekends.endsAt]);
    assert.deepEqual(calendarHolds([], [weekends], at('2026-11-28T11:00:00Z')), []);
  });
});
