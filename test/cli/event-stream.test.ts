import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readEvents } from '../../cli/event-stream.ts';

const events = (bytes: Uint8Array, cuts: readonly number[] = []): Promise<unknown[]> => {
  const at = [0, ...[...cuts].map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return Array.fromAsync(readEvents((async function* () {
    for (let index = 1; index < at.length; index += 1) yield bytes.subarray(at[index - 1], at[index]);
  })()));
};

describe('cli/event-stream', () => {
  it('reads names, lines of data joined, and drops comments, ids and what was cut off', async () => {
    const text = ': hello\n\nevent: change\nid: 7\ndata: {"a":\ndata: 1}\n\ndata:plain\r\n\r\nevent: change\ndata: torn\n';
    assert.deepEqual(await events(Buffer.from(text)), [
      { name: 'change', data: '{"a":\n1}' },
      { name: 'message', data: 'plain' },
    ]);
  });

  it('gives the same events wherever the bytes are cut', async () => {
    const bytes = Buffer.from('event: change\r\ndata: {"ö":"…🙂"}\r\n\r\n: x\r\n\r\ndata: 2\r\n\r\n');
    const whole = await events(bytes);
    await fc.assert(fc.asyncProperty(fc.array(fc.nat(200), { maxLength: 12 }), async (cuts) => assert.deepEqual(await events(bytes, cuts), whole)), { numRuns: 200 });
  });
});
