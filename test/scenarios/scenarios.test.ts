// Each *.scenario.txt played and compared with the *.transcript.txt beside it. `UPDATE=1` rewrites the transcripts: read
// the difference before you commit it.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { playScenario } from './play-scenario.ts';
import { readScenario } from './read-scenario.ts';

const folder = import.meta.dirname;
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.scenario.txt'))
  .map((file) => file.replace('.scenario.txt', ''));

describe('scenarios', () => {
  it('are found', () => assert.ok(names.length >= 5, `found ${names.length}`));

  for (const name of names) {
    it(`${name.replaceAll('-', ' ')}: goes as its transcript says`, () => {
      const transcript = playScenario(readScenario(readFileSync(join(folder, `${name}.scenario.txt`), 'utf8')));
      const file = join(folder, `${name}.transcript.txt`);
      if (process.env['UPDATE'] === '1') writeFileSync(file, transcript);
      assert.equal(transcript, readFileSync(file, 'utf8'));
    });
  }
});
