import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { describe, it } from 'mocha';

describe('memory that a process does not need any more', () => {
  it('is given back to the system when it is asked to, and as often as it is', () => {
    const module = pathToFileURL(join(import.meta.dirname, '../../world/real/memory.ts')).href;
    const text = `
      import { readFileSync } from 'node:fs';
      import { giveMemoryBack } from ${JSON.stringify(module)};
      const residentMb = () => Number(/^VmRSS:\\s+(\\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
      giveMemoryBack();
      let kept = Array.from({ length: 400_000 }, (_, index) => ({ index, text: 'number ' + index }));
      const full = residentMb() + 0 * kept.length;
      kept = null;
      giveMemoryBack();
      console.log(full - residentMb(), typeof globalThis.gc);`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', text], { encoding: 'utf8' });
    const [freedMb, collector] = stdout.trim().split(' ');
    assert.ok(Number(freedMb) > 20, `${stdout}${stderr}`);
    assert.equal(collector, 'undefined');
  });
});
