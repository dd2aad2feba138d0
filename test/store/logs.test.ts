import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { LogChunk } from '../../protocol/session/frames.ts';
import { storeLog } from '../../server/fleet/logs.ts';
import { completeLog, hasIncompleteLogs, readPieces, takeChunk } from '../../server/store/logs.ts';
import { stores } from './stores.ts';

const attempt = { attemptId: 'att-1', deploymentId: 'd-AAAAAAAAA', targetId: 'web-1', event: 'AfterInstall' };
const limits = { scriptBytes: 8_192, attemptBytes: 65_536 };
const chunk = (offset: number, lines: readonly string[], over: Partial<LogChunk> = {}): LogChunk => ({ index: 0, restart: 0, stream: 'stdout', offset, lengths: lines.map((line) => line.length + 1), at: 5, text: lines.join('\n'), ...over });

for (const { name, open } of stores) {
  describe(`the output of hooks in ${name}`, () => {
    it('is kept once, however often and in whatever pieces it comes', async () => {
      const store = await open();
      assert.equal(await takeChunk(store.db, attempt, chunk(0, ['one', 'two']), limits), 8);
      assert.equal(await takeChunk(store.db, attempt, chunk(0, ['one', 'two']), limits), 8);
      assert.equal(await takeChunk(store.db, attempt, chunk(4, ['two', 'six']), limits), 12);
      assert.equal(await takeChunk(store.db, attempt, chunk(0, ['ten'], { restart: 1 }), limits), 4);
      const pieces = await readPieces(store.db, attempt.deploymentId, { after: 0, limit: 10 });
      assert.deepEqual(pieces.map(({ sequence, starts_at, ends_at, text, droppedBytes }) => [sequence, starts_at, ends_at, text, droppedBytes]), [[1, 0, 8, 'one\ntwo', 0], [2, 8, 12, 'six', 0], [3, 0, 4, 'ten', 0]]);
      await store.close();
    });

    it('keeps a script’s beginning and end within its share, and tells what is missing', async () => {
      const store = await open();
      const text = 'x'.repeat(743);
      for (let index = 0; index < 100; index += 1) await takeChunk(store.db, attempt, chunk(index * 744, [text]), limits);
      const pieces = await readPieces(store.db, attempt.deploymentId, { after: 0, limit: 1_000 });
      assert.ok(pieces.reduce((sum, { cost }) => sum + cost, 0) <= limits.scriptBytes);
      assert.deepEqual([pieces[0]!.starts_at, pieces.at(-1)!.ends_at], [0, 74_400]);
      assert.equal(pieces.reduce((sum, { droppedBytes, starts_at, ends_at }) => sum + droppedBytes + Number(ends_at) - Number(starts_at), 0), 74_400);
      await store.close();
    });

    it('knows whether more is to come', async () => {
      const store = await open();
      await takeChunk(store.db, attempt, chunk(0, ['one']), limits);
      assert.equal(await hasIncompleteLogs(store.db, attempt.deploymentId), true);
      await completeLog(store.db, attempt);
      assert.equal(await hasIncompleteLogs(store.db, attempt.deploymentId), false);
      await store.close();
    });

    it('is not taken from a host that was not given the attempt, nor where lines and lengths do not fit', async () => {
      const store = await open();
      const frame = { kind: 'logChunk', attemptId: 'att-9', number: 3, chunk: chunk(0, ['one']) } as const;
      const taken = await storeLog(store, 'id-of-web-1', frame, limits);
      assert.deepEqual(taken, { acknowledge: { kind: 'logAcknowledge', attemptId: 'att-9', number: 3, has: 0, isWanted: false }, deploymentId: null });
      assert.equal(await storeLog(store, 'id-of-web-1', { ...frame, chunk: { ...frame.chunk, lengths: [1, 2, 3] } }, limits), null);
      await store.close();
    });
  });
}
