import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import fc from 'fast-check';
import { parseCron, whyNotCron } from '../../server/calendar/cron.ts';

const at = (text: string): number => Date.parse(text);
const next = (cron: string, zone: string, after: string): string | null => iso(parseCron(cron, zone).nextStrike(at(after)));
const iso = (instant: number | null): string | null => (instant === null ? null : new Date(instant).toISOString());

describe('a cron expression', () => {
  it('strikes in its time zone', () => {
    assert.equal(next('0 22 * * 1-5', 'Europe/Berlin', '2026-11-22T20:00:00Z'), '2026-11-23T21:00:00.000Z');
    assert.equal(next('*/15 * * * *', 'Asia/Kathmandu', '2026-11-22T20:00:01Z'), '2026-11-22T20:15:00.000Z');
  });

  it('does not strike at the instant itself again, but that instant counts as the last strike', () => {
    assert.equal(next('0 * * * *', 'UTC', '2026-11-22T20:00:00Z'), '2026-11-22T21:00:00.000Z');
    assert.equal(parseCron('0 * * * *', 'UTC').lastStrike(at('2026-11-22T20:00:00Z'), 0), at('2026-11-22T20:00:00Z'));
  });

  it('skips a time that clocks skip in spring, and strikes once where they show it twice in autumn', () => {
    assert.equal(next('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z'), '2026-03-30T00:30:00.000Z');
    assert.equal(next('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z'), '2026-10-25T00:30:00.000Z');
    assert.equal(next('30 2 * * *', 'Europe/Berlin', '2026-10-25T00:30:00Z'), '2026-10-26T01:30:00.000Z');
  });

  it('knows the last day of the month and leap days', () => {
    assert.equal(next('0 0 L * *', 'UTC', '2026-02-01T00:00:00Z'), '2026-02-28T00:00:00.000Z');
    assert.equal(next('0 0 29 2 *', 'UTC', '2026-03-01T00:00:00Z'), '2028-02-29T00:00:00.000Z');
  });

  it('finds the strike before whatever comes after it, at any instant', () => {
    const expression = fc.constantFrom('0 22 * * 1-5', '*/7 3-5 * * *', '0 0 1 * *', '15 9,17 * 3,10 *', '* * * * 0');
    const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe');
    fc.assert(
      fc.property(expression, zone, fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2027-12-31T00:00:00Z') }), (text, timeZone, instant) => {
        const cron = parseCron(text, timeZone);
        const strike = cron.nextStrike(instant);
        assert.ok(strike !== null && strike > instant);
        assert.equal(cron.lastStrike(strike, 0), strike);
        const before = cron.lastStrike(instant, instant - 370 * 86_400_000);
        assert.ok(before !== null && before <= instant);
        assert.equal(cron.nextStrike(before - 1), before);
      }),
      { numRuns: 100 },
    );
  });

  for (const [expression, zone, words] of [
    ['* * *', 'UTC', /five fields/],
    ['0 0 0 * * *', 'UTC', /five fields/],
    ['61 * * * *', 'UTC', /cannot be read/],
    ['0 0 30 2 *', 'UTC', /cannot be read/],
    ['* * * * *', 'Mars/Olympus', /no time zone "Mars\/Olympus"/],
  ] as const) {
    it(`is refused with a sentence: ${expression} in ${zone}`, () => {
      assert.match(whyNotCron(expression, zone) ?? '', words);
    });
  }
});
