import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { readEvents, writeEvents } from '../../server/store/stored-events.ts';

const event = (name: string) => ({ name, status: 'Pending' as const, attemptId: null, commandedAt: null, startedAt: null, endedAt: null, diagnostics: null, warnings: [] });

describe('the lifecycle events of a target, as text', () => {
  it('are parsed once while the text is the same', () => {
    const text = JSON.stringify([event('Once')]);
    assert.equal(readEvents(text, 'here'), readEvents(`${text}`, 'there'));
  });

  it('are known to readers as they were written', () => {
    const events = [event('Written')];
    assert.equal(readEvents(writeEvents(events, 'here'), 'there'), events);
  });

  it('that do not fit are refused each time, with where they are', () => {
    for (const _ of [1, 2]) assert.throws(() => readEvents('[{}]', 'target web-1'), /^Error: target web-1 holds a document that does not fit/);
    assert.throws(() => writeEvents([{ ...event('Bad'), status: 'Gone' as 'Pending' }], 'target web-1'), /^Error: target web-1 would hold a document that does not fit/);
  });

  it('are read anew when so many others came that they were forgotten', () => {
    const text = JSON.stringify([event('Forgotten')]);
    const first = readEvents(text, 'here');
    const padding = 'x'.repeat(1_000_000);
    for (let count = 0; count < 20; count += 1) readEvents(JSON.stringify([event(`${padding}${count}`)]), 'here');
    assert.notEqual(readEvents(text, 'here'), first);
    assert.deepEqual(readEvents(text, 'here'), first);
  });
});
