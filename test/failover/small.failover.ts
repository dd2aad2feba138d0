// A small part of the campaign, which `npm run test:failover` begins with, and the proof that its witness sees what it is
// there to see.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { openPostgresStore } from '../../server/store/postgres.ts';
import { DatabaseServer } from '../store/database-server.ts';
import { storeOptions } from '../store/stores.ts';
import { runCampaign } from './campaign.ts';
import { judgeWrites, plantStaleWrite, watchWrites } from './witness.ts';

describe('two controllers over one PostgreSQL database', function () {
  this.timeout(400_000);

  it('write nothing stale, run no hook twice and lose nothing that was answered, through a pause, a kill and a crash of the database', async () => {
    const outcome = await runCampaign({ seed: 'every run', rounds: ['pause', 'kill', 'database'], agents: 1, pauseMs: 9_000 });
    assert.deepEqual([outcome.stale, outcome.lost, outcome.twice], [[], [], []]);
    assert.equal(outcome.outages.length, 3);
    assert.ok(outcome.epochs >= 2, 'no controller ever took over');
    assert.ok(outcome.writes > 50 && outcome.answered >= 9 && outcome.hooks >= 2, JSON.stringify(outcome));
    assert.ok((outcome.deployments['Succeeded'] ?? 0) >= 1, JSON.stringify(outcome.deployments));
  });

  it('would be seen writing under an epoch that is over', async () => {
    const server = await DatabaseServer.make();
    try {
      await server.query('alter system set track_commit_timestamp = on');
      await server.stop();
      await server.start();
      const url = await server.newDatabase();
      const name = new URL(url).pathname.slice(1);
      await (await openPostgresStore(url, storeOptions)).close();
      await watchWrites(server, name);
      assert.deepEqual((await judgeWrites(server, name)).stale, []);
      await plantStaleWrite(server, name);
      const { stale } = await judgeWrites(server, name);
      assert.equal(stale.length, 1);
      assert.match(stale[0]!, /^deposed wrote to settings .* after it was deposed$/);
    } finally {
      await server[Symbol.asyncDispose]();
    }
  });
});
