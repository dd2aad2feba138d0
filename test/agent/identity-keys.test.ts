import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { openIdentityKeys, publicKeyOf, type IdentityKeys, type KeySeeds } from '../../agent/identity-keys.ts';
import { isSignedBy } from '../../server/fleet/signature.ts';

const seed = (letter: string): string => Buffer.alloc(32, letter).toString('base64');

describe('the keys of an identity', () => {
  const written: KeySeeds[] = [];
  let made = 0;
  const open = (seeds: KeySeeds): IdentityKeys => {
    written.length = 0;
    made = 0;
    return openIdentityKeys(seeds, { write: async (kept) => void written.push(kept), randomBytes: () => Buffer.alloc(32, (made += 1)) });
  };
  const proves = (keys: IdentityKeys, letter: string): boolean => isSignedBy(publicKeyOf(seed(letter)), 'text', keys.sign('text'));
  const next = seed('\u0001');

  it('are one where none was asked for since, which a refusal does not change', () => {
    const keys = open({ key: seed('a') });
    assert.ok(proves(keys, 'a'));
    assert.equal(keys.refused(), false);
    assert.ok(proves(keys, 'a'));
  });

  it('are two once a new one is made, both on the disk before anybody hears of it, and the new one is tried first', async () => {
    const keys = open({ key: seed('a') });
    const { publicKey, sign } = await keys.makeNext();
    assert.deepEqual(written, [{ key: seed('a'), nextKey: next }]);
    assert.equal(publicKey, publicKeyOf(next));
    assert.ok(isSignedBy(publicKey, 'proof', sign('proof')));
    assert.ok(proves(keys, '\u0001'));
  });

  it('are one again when the new one is taken', async () => {
    const keys = open({ key: seed('a') });
    await keys.makeNext();
    await keys.taken();
    assert.deepEqual(written.at(-1), { key: next });
    assert.equal(keys.refused(), false);
  });

  it('stay two when the controller has not stored the new one: the old one is tried, once, before resting', async () => {
    const keys = open({ key: seed('a'), nextKey: seed('b') });
    assert.ok(proves(keys, 'b'));
    assert.equal(keys.refused(), true);
    assert.ok(proves(keys, 'a'));
    await keys.taken();
    assert.deepEqual(written, []);
    // It was stored after all, a moment later.
    assert.equal(keys.refused(), true);
    assert.ok(proves(keys, 'b'));
    assert.equal(keys.refused(), false);
  });

  it('make another new one beside the one that is taken, not beside one that never was', async () => {
    const keys = open({ key: seed('a'), nextKey: seed('b') });
    keys.refused();
    await keys.taken();
    await keys.makeNext();
    assert.deepEqual(written, [{ key: seed('a'), nextKey: next }]);
  });
});
