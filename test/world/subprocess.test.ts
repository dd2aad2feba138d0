// Helper processes: answers in lines, an end with its input, and found again by name when whoever started them is gone.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { bulkHelpers } from '../../agent/commands/bulk.ts';
import { realClock } from '../../world/real/clock.ts';
import { realProcesses } from '../../world/real/processes.ts';
import type { Helper } from '../../world/processes.ts';

const processes = realProcesses();

describe('a helper process', () => {
  let folder: string;
  const started: Helper[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'helpers-'));
  });
  afterEach(() => {
    for (const helper of started.splice(0)) helper.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  const program = (text: string): URL => {
    const path = join(folder, 'helper.mjs');
    writeFileSync(path, `import { createInterface } from 'node:readline';\nimport fs from 'node:fs';\nlet lines = 0;\n${text}`);
    return pathToFileURL(path);
  };
  const echo = "createInterface(process.stdin).on('line', (line) => console.log(`${++lines}:${line}`)).on('close', () => process.exit(7));";
  const start = async (name: string, text = echo): Promise<Helper> => {
    const helper = await processes.startHelper(program(text), name);
    started.push(helper);
    return helper;
  };
  const heard = (helper: Helper): Promise<string> => new Promise((resolve) => helper.onLine(resolve));

  it('answers in lines and ends when its input does', async () => {
    const helper = await start(folder);
    for (const expected of ['1:é', '2:é']) {
      const answer = heard(helper);
      helper.send('é');
      assert.equal(await answer, expected);
    }
    helper.end();
    assert.deepEqual(await helper.exited, { code: 7, signal: null });
  });

  it('is ended by its name, and no other is', async () => {
    const [ours, other] = [await start(folder), await start(`${folder}-2`)];
    for (const helper of [ours, other]) {
      const answer = heard(helper);
      helper.send('there');
      await answer;
    }
    await processes.endHelpers(folder);
    assert.deepEqual(await ours.exited, { code: null, signal: 'SIGKILL' });
    const answer = heard(other);
    other.send('still');
    assert.equal(await answer, '2:still');
  });

  it('does bulk work that another one was killed over, and gives up when that one is killed, too', async () => {
    const died = join(folder, 'died');
    const request = { dataFolder: folder };
    const once = bulkHelpers({ processes, clock: realClock }, folder, program(`createInterface(process.stdin).on('line', () => { if (!fs.existsSync(${JSON.stringify(died)})) { fs.writeFileSync(${JSON.stringify(died)}, ''); process.kill(process.pid, 'SIGKILL'); } console.log(JSON.stringify({ kind: 'done', answer: ['d-1'] })); });`));
    assert.deepEqual(await once.work('recover', request), ['d-1']);
    await once.sweep();
    const always = bulkHelpers({ processes, clock: realClock }, folder, program("createInterface(process.stdin).on('line', () => process.kill(process.pid, 'SIGKILL'));"));
    await assert.rejects(always.work('recover', request), /ended twice from outside/);
  });

  it('rejects bulk work that is broken off once nothing is done any more', async () => {
    const leaving = new AbortController();
    const bulk = bulkHelpers({ processes, clock: realClock }, folder, program("createInterface(process.stdin).on('line', () => undefined);"));
    const work = bulk.work('recover', { dataFolder: folder }, leaving.signal);
    leaving.abort(new Error('the agent stops'));
    await assert.rejects(work, /the agent stops/);
  });
});
