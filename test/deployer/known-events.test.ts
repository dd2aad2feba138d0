import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { KnownEvents } from '../../server/deployer/known-events.ts';
import { aTarget } from '../store/rows.ts';

describe('the events of a target', () => {
  const event = (status: string) => JSON.stringify([{ name: 'Install', status, attemptId: null, commandedAt: null, startedAt: null, endedAt: null, diagnostics: null, warnings: [] }]);

  it('are not read again while its row says the same', () => {
    const known = new KnownEvents();
    const first = known.of(aTarget('web-1', { events: event('Pending') }));
    assert.equal(known.of(aTarget('web-1', { events: event('Pending') })), first);
  });

  it('are read anew as soon as its row says something else, and each target has its own', () => {
    const known = new KnownEvents();
    known.of(aTarget('web-1', { events: event('Pending') }));
    assert.equal(known.of(aTarget('web-2', { events: event('Failed') }))[0]!.status, 'Failed');
    assert.equal(known.of(aTarget('web-1', { events: event('InProgress') }))[0]!.status, 'InProgress');
    assert.equal(known.of(aTarget('web-2', { events: event('Failed') }))[0]!.status, 'Failed');
  });

  it('that do not fit are refused each time', () => {
    const known = new KnownEvents();
    for (const _ of [1, 2]) assert.throws(() => known.of(aTarget('web-1', { events: '[{}]' })), /does not fit/);
  });
});
