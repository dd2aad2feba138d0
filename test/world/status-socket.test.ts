// The socket by which a program on this host says how it is.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { askStatus, serveStatus } from '../../world/real/status-socket.ts';

describe('a status socket', () => {
  let folder: string;
  before(() => void (folder = mkdtempSync(join(tmpdir(), 'fairlead-socket-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('answers each who asks with what is true then, and goes with its program', async () => {
    const path = join(folder, 'one.sock');
    let asked = 0;
    {
      await using _ = await serveStatus(path, () => ({ asked: (asked += 1) }));
      assert.deepEqual(await Promise.all([askStatus(path, 5_000), askStatus(path, 5_000)]), [{ kind: 'answered', value: { asked: 1 } }, { kind: 'answered', value: { asked: 2 } }]);
    }
    assert.equal(existsSync(path), false);
    assert.deepEqual(await askStatus(path, 5_000), { kind: 'absent' });
  });

  it('that a dead program left is told from one that is not there, and is taken over', async () => {
    const path = join(folder, 'dead.sock');
    writeFileSync(path, '');
    assert.deepEqual(await askStatus(path, 5_000), { kind: 'dead' });
    await using _ = await serveStatus(path, () => 'alive');
    assert.deepEqual(await askStatus(path, 5_000), { kind: 'answered', value: 'alive' });
  });

  it('behind which nobody answers is given up', async () => {
    const path = join(folder, 'silent.sock');
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(path, resolve));
    assert.deepEqual(await askStatus(path, 50), { kind: 'unknown', why: 'it did not answer within 0.05 seconds' });
    server.close();
  });

  it('with a path that the kernel would cut is refused', async () => {
    await assert.rejects(serveStatus(join(folder, 'x'.repeat(120)), () => null), /too long for a socket/);
  });
});
