import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Redaction } from '../../hooks/redaction/redaction.ts';
import { ScriptLog } from '../../hooks/script-log.ts';
import { ScriptOutput } from '../../hooks/script-output.ts';
import type { Files } from '../../world/files.ts';
import { makeRealWorld } from '../../world/real/real-world.ts';

const mebibyte = 1_048_576;

describe('the output of a script that floods', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-output-'));
    writeFileSync(join(folder, 'stdout'), 'begin\n');
    writeFileSync(join(folder, 'stderr'), '');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (text: string): void => appendFileSync(join(folder, 'stdout'), text);
  const filler = 'filler filler filler filler\n'.repeat(40_000);

  /** What an agent with this disk hears while the script writes about `mebibytes`, and ends. */
  async function heard(files: Files, mebibytes: number, script = { hasEnded: false }): Promise<readonly string[]> {
    const lines: string[] = [];
    const log = new ScriptLog({ ...makeRealWorld(), files }, join(folder, 'scripts.log'), mebibyte);
    log.beginScript();
    const output = new ScriptOutput(files, folder, log, new Redaction([]), ({ text }) => lines.push(text));
    for (let written = 0; written < mebibytes && !script.hasEnded; written += 1) {
      write(filler);
      await output.follow();
    }
    await output.finish();
    await log.close();
    return lines;
  }

  it('is kept with its end, also when that comes while the agent makes room', async () => {
    const { files } = makeRealWorld();
    const script = { hasEnded: false };
    const freeRange: Files['freeRange'] = (path, offset, length) => {
      write('end\n');
      script.hasEnded = true;
      return files.freeRange(path, offset, length);
    };
    const lines = await heard({ ...files, freeRange }, 90, script);
    assert.equal(script.hasEnded, true);
    assert.deepEqual([lines[0], lines.at(-1)], ['begin', 'end']);
    const { size, blocks } = statSync(join(folder, 'stdout'));
    assert.ok(size > 64 * mebibyte && blocks * 512 < 16 * mebibyte, `${size} bytes take ${blocks * 512}`);
  });

  it('is read again from its beginning by an agent that comes back', async () => {
    const { files } = makeRealWorld();
    const first = await heard(files, 90);
    write('end\n');
    const second = await heard(files, 0);
    assert.equal(second[0], 'begin');
    assert.equal(second.at(-1), 'end');
    assert.ok(second.length < first.length);
    assert.deepEqual([...new Set(second)], ['begin', 'filler filler filler filler', second.find((line) => !['begin', 'end'].includes(line) && line.length < 27), 'end'].filter((line) => line !== undefined));
  });

  it('keeps the disk free also where room cannot be given back', async () => {
    const { files } = makeRealWorld();
    const lines = await heard({ ...files, freeRange: async () => false }, 90);
    assert.equal(lines[0], 'begin');
    assert.ok(statSync(join(folder, 'stdout')).size < 64 * mebibyte);
  });
});
