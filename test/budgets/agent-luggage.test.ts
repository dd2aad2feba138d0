// What travels to every host, held to a list: another package for the agent is a line in a diff here.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { buildAgent } from '../../packaging/build.ts';
import type { Luggage } from '../../packaging/build.ts';

const winstons = [
  '@colors/colors', '@dabh/diagnostics', 'async', 'fecha', 'fn.name', 'is-stream', 'logform', 'ms', 'one-time',
  'safe-stable-stringify', 'stack-trace', 'triple-beam', 'winston', 'winston-transport',
];

describe("the agent's luggage", () => {
  let folder: string;
  let luggage: readonly Luggage[];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-luggage-'));
    luggage = await buildAgent(folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const of = (name: string): Luggage => luggage.find(({ file }) => file === name)!;

  it('is one file for the daemon, one for its bulk work, and the supervisor of its hooks', () => {
    assert.deepEqual(readdirSync(folder).sort(), ['bulk-process.mjs', 'fairlead-agent.mjs', 'supervisor.sh']);
  });

  it('holds ws, yaml, typebox, systemd-notify, and winston with what it needs', () => {
    assert.deepEqual(of('fairlead-agent.mjs').packages, ['systemd-notify', 'typebox', 'ws', 'yaml', ...winstons].sort());
  });

  it('needs no package for its bulk work', () => {
    assert.deepEqual(of('bulk-process.mjs').packages, []);
  });

  it('is below 700 KiB for the daemon and 150 KiB for its bulk work', () => {
    assert.ok(of('fairlead-agent.mjs').bytes < 700 * 1024, `the daemon has ${of('fairlead-agent.mjs').bytes} bytes`);
    assert.ok(of('bulk-process.mjs').bytes < 150 * 1024, `the helper has ${of('bulk-process.mjs').bytes} bytes`);
  });
});
