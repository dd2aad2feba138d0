import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { fromMetadata, type OwnTag } from '../../agent/own-tags.ts';
import { keepTags, type TagKeeper, type TagSources } from '../../agent/tag-keeper.ts';
import type { Log } from '../../world/log.ts';
import { HandClock } from './doubles.ts';

const tag = (Key: string, Value: string, from = 'agent.yml'): OwnTag => ({ Key, Value, from });

describe('the tags of a host', () => {
  let clock: HandClock;
  let said: string[];
  const keep = (sources: Partial<TagSources>): Promise<TagKeeper> => {
    clock = new HandClock();
    said = [];
    const log = { warn: (fields: { readonly reason: string }, words: string) => said.push(`${words} ${fields.reason}`) } as unknown as Log;
    return keepTags({ configured: () => Promise.resolve({ tags: [], isFixed: false }), machine: null, ...sources }, { clock, log }, new AbortController().signal);
  };

  it('are those of the configuration over those of the machine', async () => {
    const keeper = await keep({ configured: () => Promise.resolve({ tags: [tag('role', 'web')], isFixed: false }), machine: () => Promise.resolve([tag('role', 'db', fromMetadata), tag('Name', 'a', fromMetadata)]) });
    assert.deepEqual(keeper.now.map(({ Key, Value, from }) => `${Key}=${Value} ${from}`), ['role=web agent.yml', `Name=a ${fromMetadata}`]);
  });

  it('are told of when they change, and not otherwise', async () => {
    let tags = [tag('role', 'web'), tag('rack', '1')];
    const keeper = await keep({ configured: () => Promise.resolve({ tags, isFixed: false }) });
    const { change } = keeper;
    tags = tags.toReversed();
    await clock.pass(5_000);
    assert.equal(change.aborted, false);
    tags = [tag('role', 'db')];
    await clock.pass(5_000);
    assert.equal(change.aborted, true);
    assert.deepEqual([keeper.now[0]?.Value, keeper.change.aborted], ['db', false]);
  });

  it('stay as they were when the configuration cannot be read, which is said once', async () => {
    let isBroken = false;
    const keeper = await keep({ configured: () => (isBroken ? Promise.reject(new Error('agent.yml is not valid YAML')) : Promise.resolve({ tags: [tag('role', 'web')], isFixed: false })) });
    isBroken = true;
    for (let i = 0; i < 3; i += 1) await clock.pass(5_000);
    assert.deepEqual(keeper.now, [tag('role', 'web')]);
    assert.deepEqual(said, ['The tags in the configuration cannot be read; those known stay. agent.yml is not valid YAML']);
  });

  it('are asked of the machine once a minute, and stay when it does not answer', async () => {
    let asked = 0;
    const keeper = await keep({ machine: () => ((asked += 1) === 1 ? Promise.resolve([tag('Name', 'a', fromMetadata)]) : Promise.reject(new Error('there is no metadata service here'))) });
    for (let passed = 0; passed < 60_000; passed += 5_000) await clock.pass(5_000);
    assert.equal(asked, 2);
    assert.deepEqual(keeper.now.map(({ Key }) => Key), ['Name']);
  });

  it('are those of flags or the environment alone where these are given', async () => {
    const keeper = await keep({ configured: () => Promise.resolve({ tags: [tag('a', 'b', 'the command line')], isFixed: true }), machine: () => Promise.reject(new Error('nobody asks')) });
    assert.deepEqual(keeper.now.map(({ Key }) => Key), ['a']);
    assert.deepEqual(said, []);
  });
});
