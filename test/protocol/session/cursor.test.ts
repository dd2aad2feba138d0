import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { acknowledge, incomingFrom, outgoingFrom, receive, resumeFrom, sendNext, windowSize, type IncomingCursor, type OutgoingCursor } from '../../../protocol/session/cursor.ts';

describe('an outgoing cursor', () => {
  it('gives out 1, 2, 3 and keeps what is not acknowledged', () => {
    let cursor = outgoingFrom(0, 0);
    for (const expected of [1, 2, 3]) {
      const sent = sendNext(cursor);
      assert.equal(sent.number, expected);
      cursor = sent.cursor;
    }
    assert.equal(windowSize(cursor), 3);
    assert.deepEqual(acknowledge(cursor, 2), { kind: 'accepted', cursor: { lastSent: 3, acknowledged: 2 } });
  });
  it('is not set back by an acknowledge that comes late', () => {
    assert.deepEqual(acknowledge(outgoingFrom(5, 4), 2), { kind: 'accepted', cursor: { lastSent: 5, acknowledged: 4 } });
  });
  it('refuses an acknowledge of something never sent', () => {
    for (const upTo of [6, 1e9, -1, 2.5, NaN]) assert.equal(acknowledge(outgoingFrom(5, 0), upTo).kind, 'refused', String(upTo));
  });
  it('sends again what the other side has not stored, in order', () => {
    assert.deepEqual(resumeFrom(outgoingFrom(5, 1), 3), { kind: 'resumed', cursor: { lastSent: 5, acknowledged: 3 }, resend: [4, 5] });
    assert.deepEqual(resumeFrom(outgoingFrom(5, 5), 5), { kind: 'resumed', cursor: { lastSent: 5, acknowledged: 5 }, resend: [] });
  });
  it('refuses to resume after a number never sent, or below one acknowledged', () => {
    for (const last of [6, 1, -1, 3.5, NaN]) assert.equal(resumeFrom(outgoingFrom(5, 2), last).kind, 'refused', String(last));
  });
  it('cannot be made with more acknowledged than sent', () => {
    assert.throws(() => outgoingFrom(1, 2));
    assert.throws(() => outgoingFrom(-1, -1));
    assert.throws(() => incomingFrom(0.5));
  });
});

describe('an incoming cursor', () => {
  it('takes the next number, knows a duplicate, and refuses a gap', () => {
    const cursor = incomingFrom(4);
    assert.deepEqual(receive(cursor, 5), { kind: 'next', cursor: { lastTaken: 5 } });
    for (const seen of [0, 1, 4]) assert.deepEqual(receive(cursor, seen), { kind: 'duplicate' });
    for (const odd of [6, 100, -1, 4.5, NaN]) assert.deepEqual(receive(cursor, odd), { kind: 'gap', expected: 5 });
  });
});

// One direction between two sides. Memory is what a crash loses: the sender's knowledge of acknowledges, and what the
// receiver took and had not stored. A wire keeps order but may repeat a frame, and a break drops all that is on it.
describe('two cursors over a wire that breaks', () => {
  type Step = 'send' | 'deliver' | 'repeat' | 'loseTail' | 'store' | 'acknowledge' | 'hearAcknowledge' | 'breakAndResume' | 'receiverCrashes' | 'senderCrashes';
  const steps: readonly Step[] = ['send', 'deliver', 'repeat', 'loseTail', 'store', 'acknowledge', 'hearAcknowledge', 'breakAndResume', 'receiverCrashes', 'senderCrashes'];

  class Direction {
    outgoing: OutgoingCursor = outgoingFrom(0, 0);
    incoming: IncomingCursor = incomingFrom(0);
    wire: number[] = [];
    acknowledges: number[] = [];
    /** Taken and stored; taken and not stored. */
    stored: number[] = [];
    unstored: number[] = [];
    isUp = true;

    step(step: Step): void {
      switch (step) {
        case 'send': {
          const { number, cursor } = sendNext(this.outgoing);
          this.outgoing = cursor;
          if (this.isUp) this.wire.push(number);
          return;
        }
        case 'deliver':
          return this.deliver(this.wire.shift());
        case 'repeat':
          return this.deliver(this.wire[0]);
        case 'loseTail':
          // A connection that dies loses a tail, and the sides find out later.
          this.wire = this.wire.slice(0, Math.floor(this.wire.length / 2));
          this.isUp = false;
          return;
        case 'store':
          this.stored.push(...this.unstored);
          this.unstored = [];
          return;
        case 'acknowledge':
          if (this.isUp) this.acknowledges.push(this.stored.length);
          return;
        case 'hearAcknowledge': {
          const upTo = this.acknowledges.shift();
          if (upTo === undefined) return;
          const heard = acknowledge(this.outgoing, upTo);
          assert.ok(heard.kind === 'accepted');
          this.outgoing = heard.cursor;
          return;
        }
        case 'receiverCrashes':
          this.unstored = [];
          this.incoming = incomingFrom(this.stored.length);
          return this.resume();
        case 'senderCrashes':
          this.outgoing = outgoingFrom(this.outgoing.lastSent, 0);
          return this.resume();
        case 'breakAndResume':
          return this.resume();
      }
    }

    resume(): void {
      this.acknowledges = [];
      const resumed = resumeFrom(this.outgoing, this.stored.length);
      assert.ok(resumed.kind === 'resumed');
      this.outgoing = resumed.cursor;
      this.wire = [...resumed.resend];
      this.isUp = true;
    }

    deliver(number: number | undefined): void {
      if (number === undefined) return;
      const received = receive(this.incoming, number);
      assert.notEqual(received.kind, 'gap');
      if (received.kind !== 'next') return;
      this.incoming = received.cursor;
      this.unstored.push(number);
    }
  }

  it('take every number exactly once and in order, both ways', () => {
    const walk = fc.array(fc.tuple(fc.constantFrom('down', 'up'), fc.constantFrom(...steps)), { maxLength: 200 });
    fc.assert(
      fc.property(walk, (taken) => {
        const directions = { down: new Direction(), up: new Direction() };
        for (const [which, step] of taken) directions[which as 'down' | 'up'].step(step);
        for (const direction of Object.values(directions)) {
          // Heal, and let all arrive.
          direction.resume();
          while (direction.wire.length > 0) direction.step('deliver');
          direction.step('store');
          direction.step('acknowledge');
          direction.step('hearAcknowledge');
          assert.deepEqual(direction.stored, Array.from({ length: direction.outgoing.lastSent }, (_, index) => index + 1));
          assert.equal(windowSize(direction.outgoing), 0);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
