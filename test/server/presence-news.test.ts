// Who comes and goes at about the same time is told of at once.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { makePresenceNews } from '../../server/fleet/presence-news.ts';
import { HandClock } from '../agent/doubles.ts';

describe('news of who came and went', () => {
  it('is told once for all that came meanwhile, each named once', async () => {
    const clock = new HandClock();
    const told: (readonly string[])[] = [];
    const news = makePresenceNews(clock, async (ids) => void told.push(ids));
    for (const id of ['a', 'b', 'a']) news.note(id);
    await clock.pass(5);
    assert.deepEqual(told, [['a', 'b']]);
    await news.close();
  });

  it('waits for what is being told, and is told after it', async () => {
    const clock = new HandClock();
    const told: (readonly string[])[] = [];
    let letGo = (): void => undefined;
    const news = makePresenceNews(clock, (ids) => {
      told.push(ids);
      return new Promise<void>((resolve) => (letGo = resolve));
    });
    news.note('a');
    await clock.pass(5);
    news.note('b');
    await clock.pass(100);
    assert.deepEqual(told, [['a']]);
    letGo();
    await clock.pass(5);
    assert.deepEqual(told, [['a'], ['b']]);
    letGo();
    await news.close();
  });

  it('is not told any more after the end', async () => {
    const clock = new HandClock();
    const news = makePresenceNews(clock, () => assert.fail('it was told'));
    news.note('a');
    await news.close();
    news.note('b');
    await clock.pass(100);
  });
});
