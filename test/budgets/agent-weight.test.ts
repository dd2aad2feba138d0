// How heavy the shipped agent is and how fast it starts, as ratios to bare Node in the same run. The limits are generous,
// so that a busy machine does not fail them; the figures themselves are in docs/performance.md.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { endNode, Host, memoryOf, startNode, timed } from '../../bench/agent/host.ts';
import { buildAgent } from '../../packaging/build.ts';

describe("the agent's weight", function () {
  this.timeout(60_000);
  let folder: string;
  let host: Host;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-weight-'));
    await buildAgent(join(folder, 'agent'));
    host = new Host(join(folder, 'agent'), join(folder, 'host'));
    await host.start();
  });
  after(async () => {
    await host[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is below four times the private dirty memory of bare Node, and twice its resident memory', async () => {
    const bare = await startNode(['-e', "process.stdout.write('ready'); setInterval(() => {}, 1e6)"], 'ready');
    const [ours, reference] = [memoryOf(host.pid), memoryOf(bare.pid!)];
    await endNode(bare);
    const said = `agent ${JSON.stringify(ours)}, bare Node ${JSON.stringify(reference)}`;
    assert.ok(ours.privateDirtyMb < 4 * reference.privateDirtyMb, said);
    assert.ok(ours.rssMb < 2 * reference.rssMb, said);
  });

  it('is connected within ten times the time that bare Node takes to start and end', async () => {
    const ratios: number[] = [];
    for (let run = 0; run < 5; run += 1) {
      await host.stop();
      const reference = await timed(() => spawnSync(process.execPath, ['-e', '0']));
      ratios.push((await timed(() => host.start())) / reference);
    }
    assert.ok(Math.min(...ratios) < 10, `times bare Node's: ${ratios.map((ratio) => ratio.toFixed(1)).join(', ')}`);
  });
});
