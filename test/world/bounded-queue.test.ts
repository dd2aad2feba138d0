import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BoundedQueue } from '../../world/bounded-queue.ts';

describe('a bounded queue', () => {
  it('says no when it is full, and yes again when one was taken', () => {
    const queue = new BoundedQueue<string>(2);
    assert.deepEqual([queue.offer('a'), queue.offer('b'), queue.offer('c')], [true, true, false]);
    assert.deepEqual(queue.take(), { kind: 'item', item: 'a' });
    assert.ok(queue.offer('d'));
    assert.deepEqual([queue.take(), queue.take(), queue.take()], [{ kind: 'item', item: 'b' }, { kind: 'item', item: 'd' }, { kind: 'empty' }]);
  });
  it('holds undefined like any other item', () => {
    const queue = new BoundedQueue<undefined>(1);
    queue.offer(undefined);
    assert.deepEqual(queue.take(), { kind: 'item', item: undefined });
    assert.deepEqual(queue.take(), { kind: 'empty' });
  });
  it('behaves as a list does, over any offers and takes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(fc.boolean(), { maxLength: 100 }), (capacity, offers) => {
        const queue = new BoundedQueue<number>(capacity);
        const list: number[] = [];
        offers.forEach((isOffer, index) => {
          if (isOffer) {
            assert.equal(queue.offer(index), list.length < capacity);
            if (list.length < capacity) list.push(index);
          } else {
            const taken = queue.take();
            assert.equal(taken.kind === 'item' ? taken.item : undefined, list.shift());
          }
          assert.equal(queue.size, list.length);
          assert.equal(queue.isFull, list.length === capacity);
        });
      }),
    );
  });
  it('cannot be made without room', () => {
    for (const capacity of [0, -1, 1.5, NaN]) assert.throws(() => new BoundedQueue(capacity), /cannot hold/);
  });
});
