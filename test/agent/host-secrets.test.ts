// The host owner's own secrets: whatever a group's scripts print, they do not leave the host.

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { archiveLayout } from '../../agent/archive-layout.ts';
import { makeRunHooks } from '../../agent/commands/run-event.ts';
import { ConfigRefused, readConfig } from '../../agent/config.ts';
import type { HostSecret } from '../../agent/host-secrets.ts';
import type { AttemptContext, Ending } from '../../agent/executors.ts';
import type { ScriptStart } from '../../agent/journal-state.ts';
import { openGate } from '../../agent/policy/gate.ts';
import { openPolicy } from '../../agent/policy/policy.ts';
import type { OutputLine } from '../../hooks/script-output.ts';
import { silentLog } from '../../world/log.ts';
import { makeRealWorld } from '../../world/real/real-world.ts';
import type { World } from '../../world/world.ts';
import { runEventCommand } from './commands-of.ts';

const secretsOf = (text: string, environment: Readonly<Record<string, string>> = {}): readonly HostSecret[] =>
  readConfig({ file: { path: 'agent.yml', text }, environment, flags: {}, hostname: 'web-1', agentVersion: '1' }).config.redact ?? [];

describe('the list of the host’s secrets in the configuration', () => {
  it('takes texts, files, variables of hooks, and patterns', () => {
    const secrets = secretsOf("hook_environment: { DB_PASSWORD: hunter22 }\nredact:\n  - correct-horse\n  - file: /etc/app/key\n  - variable: DB_PASSWORD\n  - pattern: 'AKIA[A-Z0-9]{16}'\n");
    assert.deepEqual(secrets.map((secret) => (secret.kind === 'shape' ? ['shape', secret.shape.text] : Object.values(secret))), [['value', 'correct-horse'], ['file', '/etc/app/key'], ['value', 'hunter22'], ['shape', 'AKIA[A-Z0-9]{16}']]);
  });

  const bad: readonly [string, string, RegExp][] = [
    ['a mapping', 'redact: { file: /a }', /redact must be a list/],
    ['a number', 'redact: [1234567]', /entry 1: it must be a text \(in quotes where it looks like a number\)/],
    ['a short text', 'redact: [abcd, xy7]', /entry 2: a text of fewer than 4 readable characters/],
    ['another kind', 'redact: [{ env: A }]', /entry 1: it must be a text .* one of file, variable, pattern/],
    ['two kinds at once', 'redact: [{ file: /a, pattern: abcd }]', /entry 1: it must be/],
    ['a relative file', 'redact: [{ file: key }]', /entry 1: file must be an absolute path/],
    ['a variable that hooks do not get', 'redact: [{ variable: DB }]', /the variable "DB" is none of those that hooks get/],
    ['a short variable', 'hook_environment: { A: xy7 }\nredact: [{ variable: A }]', /the variable A has fewer than 4/],
    ['a pattern that is more than a shape', "redact: [{ pattern: '(a+)+b' }]", /the pattern "\(a\+\)\+b" cannot be used: \( stands for something/],
    ['too many', `redact: [${'abcdef, '.repeat(101)}]`, /it has 101 entries; 100 at most/],
  ];
  for (const [what, text, words] of bad) {
    it(`refuses ${what}, and repeats no secret`, () => {
      assert.throws(() => secretsOf(text), (error: Error) => error instanceof ConfigRefused && words.test(error.message) && !error.message.includes('xy7'));
    });
  }
});

describe('the output of hooks on a host with secrets of its own', () => {
  let folder: string;
  let world: World;
  let starts: ScriptStart[];
  let lines: OutputLine[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-secrets-'));
    world = { ...makeRealWorld(), log: silentLog };
    starts = [];
    lines = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function unpack(body: string): void {
    const { archive } = archiveLayout(folder).deployment('group-1', 'd-NEW');
    mkdirSync(archive, { recursive: true });
    writeFileSync(join(archive, 'appspec.yml'), 'version: 0.0\nos: linux\nhooks:\n  AfterInstall:\n    - location: hook.sh\n      timeout: 60\n');
    writeFileSync(join(archive, 'hook.sh'), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }

  function run(redact: string, context: Partial<AttemptContext> = {}, redactOfGroup: readonly string[] = []): Promise<Ending> {
    const layout = archiveLayout(folder);
    const execute = makeRunHooks({ world, layout, root: null, hookEnvironment: { PATH: '/usr/bin:/bin' }, hookGraceMs: 100, redact: secretsOf(redact), gate: openGate(openPolicy(), world, layout) });
    return execute(runEventCommand({ event: 'AfterInstall', deploymentId: 'd-NEW', redact: [...redactOfGroup] }), {
      log: silentLog,
      group: { lastSuccessful: null, mostRecent: null },
      scriptStarts: [],
      recordScriptStart: async (start) => void starts.push(start),
      cancelled: new AbortController().signal,
      leaving: new AbortController().signal,
      onOutput: (line) => lines.push(line),
      ...context,
    });
  }

  const everything = ({ diagnostics, warnings }: Ending): string =>
    JSON.stringify([lines, diagnostics, warnings, readFileSync(archiveLayout(folder).deployment('group-1', 'd-NEW').scriptLog, 'utf8')]);

  it('shows none of them in the lines, the log or the diagnostics; beside those of the group', async () => {
    const key = join(folder, 'key');
    writeFileSync(key, '-----BEGIN KEY-----\nc2VjcmV0IG51bWJlciBvbmU=\n-----END KEY-----\n');
    unpack(`cat ${key}; sed -n 2p ${key} >&2; printf 'id AKIA'; sleep 0.1; echo ABCDEFGHIJKLMNOP, ok; echo correct-horse and hunter22; exit 3`);
    const ending = await run(`redact: [correct-horse, { file: ${key} }, { pattern: 'AKIA[A-Z0-9]{16}' }]`, {}, ['hunter22']);
    const shown = everything(ending);
    assert.match(shown, /id \[redacted\], ok/);
    assert.match(shown, /\[redacted\] and \[redacted\]/);
    assert.doesNotMatch(shown, /AKIA|c2Vjcm|BEGIN|horse|hunter/);
  });

  it('is looked through for a file as it is when the event begins', async () => {
    const key = join(folder, 'key');
    unpack(`cat ${key}`);
    for (const value of ['first-value', 'second-value']) {
      writeFileSync(key, `${value}\n`);
      lines = [];
      assert.doesNotMatch(everything(await run(`redact: [{ file: ${key} }]`)), /-value/);
      rmSync(join(folder, 'hooks'), { recursive: true, force: true });
      rmSync(archiveLayout(folder).hookAttempt('att-1'), { recursive: true, force: true });
    }
  });

  it('is what it is where a file is absent or empty', async () => {
    writeFileSync(join(folder, 'empty'), '\n');
    unpack('echo plain');
    assert.equal((await run(`redact: [{ file: ${join(folder, 'absent')} }, { file: ${join(folder, 'empty')} }]`)).outcome, 'Succeeded');
    assert.deepEqual(lines.map(({ text }) => text), ['plain']);
  });

  const unusable: readonly [string, (path: string) => void, RegExp][] = [
    ['is a folder', (path) => mkdirSync(path), /cannot be read \(EISDIR\)/],
    ['is too short', (path) => writeFileSync(path, 'abc\n'), /fewer than 4 readable characters/],
    ['is too long', (path) => writeFileSync(path, 'x'.repeat(8_193)), /more than the 8192 bytes/],
    ['has too many lines', (path) => writeFileSync(path, 'long enough\n'.repeat(201)), /201 lines, more than the 200/],
  ];
  for (const [what, make, words] of unusable) {
    it(`cannot be had at all where a file ${what}: nothing is started, and the sentence names the file`, async () => {
      const path = join(folder, 'secret');
      make(path);
      unpack(`touch ${folder}/ran`);
      const { outcome, diagnostics } = await run(`redact: [{ file: ${path} }]`);
      assert.equal(outcome, 'Failed');
      assert.match(diagnostics.message, words);
      assert.match(diagnostics.message, new RegExp(`${path} out of the output of hooks`));
      assert.deepEqual(starts, []);
    });
  }

  it('is withheld as a whole from a script that runs already when the file cannot be read any more', async () => {
    const path = join(folder, 'secret');
    writeFileSync(path, 'hunter22\n');
    unpack('echo hunter22; echo plain; exit 5');
    const leaving = new AbortController();
    const stopped = run(`redact: [{ file: ${path} }]`, { leaving: leaving.signal, recordScriptStart: async (start) => {
      starts.push(start);
      leaving.abort(new Error('the agent leaves'));
    } });
    await assert.rejects(stopped);
    rmSync(path);
    mkdirSync(path);
    chmodSync(path, 0o700);
    lines = [];
    const { outcome, diagnostics } = await run(`redact: [{ file: ${path} }]`, { scriptStarts: starts });
    // Whether the start that was journalled came to anything is the engine's to find out; nothing of it is shown.
    assert.equal(outcome, 'Failed');
    assert.deepEqual([...new Set(lines.map(({ text }) => text))], ['[redacted]']);
    assert.match(diagnostics.logTail, /^LifecycleEvent - AfterInstall\nScript - hook\.sh\n\[stdout\]\[redacted\]/);
  });
});
