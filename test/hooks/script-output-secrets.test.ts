// What is followed of a script that writes more than is kept: where reading goes on in the middle of a line, the rest of that
// line may be the rest of a secret.

import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { readShape } from '../../hooks/redaction/read-shape.ts';
import { Redaction } from '../../hooks/redaction/redaction.ts';
import { ScriptLog } from '../../hooks/script-log.ts';
import { ScriptOutput } from '../../hooks/script-output.ts';
import { world } from './bench.ts';

const shape = (text: string) => {
  const reading = readShape(text);
  if (reading.kind === 'refused') throw new Error(reading.why);
  return reading.shape;
};
const resumeBytes = 65_536;

describe('the output of a script that writes too much', () => {
  let folder: string;
  let shown: string[];
  let log: ScriptLog;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-output-'));
    for (const name of ['stdout', 'stderr']) writeFileSync(join(folder, name), '');
    shown = [];
  });
  afterEach(async () => {
    await log.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** With a log that is full from the first line on. */
  async function follow(redaction: Redaction): Promise<{ readonly output: ScriptOutput; readonly write: (text: string) => Promise<void> }> {
    log = new ScriptLog(world, join(folder, 'scripts.log'), 1);
    log.beginScript();
    const output = new ScriptOutput(world.files, folder, log, redaction, ({ text }) => shown.push(text));
    const write = async (text: string): Promise<void> => {
      appendFileSync(join(folder, 'stdout'), text);
      await output.follow();
    };
    await write('first line\n');
    return { output, write };
  }

  for (const pause of ['in one look', 'over several looks']) {
    it(`does not show the rest of a line that reading was skipped into, ${pause}`, async () => {
      const { output, write } = await follow(new Redaction([], [shape('token=[^ ]+')]));
      const rest = `${'s'.repeat(resumeBytes - 100)} shown?`;
      const skipped = `${'.\n'.repeat(200_000)}token=${'s'.repeat(1_000)}`;
      const last = '\nlast line\n';
      if (pause === 'in one look') await write(skipped + rest + last);
      else {
        await write(skipped + rest);
        await write(last);
      }
      await output.finish();
      assert.deepEqual(shown, ['first line', 'last line']);
    });
  }

  it('finds a secret that goes over the cut in the line that reading was skipped into', async () => {
    const { output, write } = await follow(new Redaction([], [shape('token=[^ ]+')]));
    const middle = `${'x'.repeat(resumeBytes)} token=${'s'.repeat(300)}`;
    await write(`${'.\n'.repeat(200_000)}begin${middle.slice(-resumeBytes)}`);
    await write(`${'s'.repeat(300)} end\nlast line\n`);
    await output.finish();
    assert.doesNotMatch(shown.join('\n'), /s{10}/);
    assert.deepEqual(shown.at(-1), 'last line');
  });

  it('shows it where there are no secrets', async () => {
    const { output, write } = await follow(new Redaction([]));
    await write(`${'.\n'.repeat(200_000)}${'y'.repeat(resumeBytes)}rest\nlast line\n`);
    await output.finish();
    assert.deepEqual(shown.slice(-1), ['last line']);
    assert.match(shown.at(-2) ?? '', /^y+rest$/);
  });
});
