// Claims about operations are made of SQLite, where they are quick. Here all of them are made once more of every other
// store, in a run of their own, so that a new operation's queries meet all databases without anyone thinking of it.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { stores, usualStore } from './stores.ts';

const home = join(import.meta.dirname, '../..');

describe('every claim about operations', function () {
  this.timeout(300_000);

  for (const { name } of stores.filter((kind) => kind !== usualStore)) {
    it(`holds on ${name} too`, async () => {
      const run = spawn(process.execPath, [join(home, 'node_modules/mocha/bin/mocha.js'), '--reporter', 'dot', 'test/operations/*.test.ts'], {
        cwd: home,
        env: { ...process.env, FAIRLEAD_TEST_STORE: name },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      for (const stream of [run.stdout, run.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
      const [status] = (await once(run, 'close')) as [number | null];
      assert.equal(status, 0, said);
      assert.match(said, /\d{3} passing/);
    });
  }
});
