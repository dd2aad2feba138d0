// Access lists and SELinux contexts of an Install: the programs that are run for them, by their arguments, on every host;
// and what setfacl makes of them where the host has it. Where it has not, the refusal is what is seen.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { realDisk } from '../../../agent/install/disk.ts';
import type { Disk } from '../../../agent/install/disk.ts';
import type { RunTool } from '../../../agent/install/stage.ts';
import { deploy, makeSandbox, realTools } from './sandbox.ts';
import type { Deployed, FileShapes, Sandbox } from './sandbox.ts';

const tools = /\/(setfacl|semanage|restorecon)$/;
const canSetAcl = ['setfacl', 'getfacl'].every((tool) => spawnSync(tool, ['--version']).status === 0);

describe('an Install with access lists or contexts', () => {
  let sandbox: Sandbox;
  let count: number;
  let ran: string[][];
  beforeEach(() => {
    sandbox = makeSandbox();
    count = 0;
    ran = [];
  });
  afterEach(() => sandbox.remove());

  /** A host that has these tools, or none of the three, whatever this one has. */
  const diskWith = (...names: readonly string[]): Disk => ({ ...realDisk, realPath: (target) => (tools.test(target) ? (names.includes(path.basename(target)) ? target : null) : realDisk.realPath(target)) });
  /** Notes what is run of the three; `status` says how one of them ends. */
  const noted = (status: (args: readonly string[]) => number = () => 0): RunTool => ({
    run: async (command, timeoutMs) => {
      if (!/^(setfacl|semanage|restorecon)$/.test(command.file)) return realTools.run(command, timeoutMs);
      ran.push([command.file, ...command.args]);
      return { code: status([command.file, ...command.args]), stdout: '', stderr: 'refused by the tool' };
    },
  });
  const install = (permissions: string, more: { readonly disk?: Disk; readonly tools?: RunTool; readonly files?: FileShapes } = {}): Promise<Deployed> =>
    deploy(sandbox, { appSpec: `version: 0.0\nos: linux\nfiles:\n  - source: d\n    destination: ${sandbox.dest}\n${permissions}`, files: { 'd/a': { content: 'a', mode: 0o640 }, 'd/b': 'b' }, deploymentId: `d-${(count += 1)}`, ...more });
  const rule = (body: string): string => `permissions:\n  - object: ${sandbox.dest}\n    pattern: a\n${body}`;
  const there = (): readonly string[] => fs.readdirSync(sandbox.dest).sort();

  it('runs setfacl with the whole list, base entries and mask from the file’s own mode, and no shell', async () => {
    await install(rule('    acls: ["u:daemon:rw", "g:nogroup:r", "m:rwx"]\n'), { disk: diskWith('setfacl'), tools: noted() });
    assert.equal(ran.length, 1);
    const [file, set, list, dashes, target] = ran[0]!;
    assert.deepEqual([file, set, dashes], ['setfacl', '--set', '--']);
    assert.deepEqual(list?.split(',').sort(), ['group::r--', 'group:nogroup:r--', 'mask::rwx', 'other::---', 'user::rw-', 'user:daemon:rw-']);
    assert.match(target!, /^\/.*dest/);
  });

  it('names a context with semanage as the original does, and changes the rule where there is one already', async () => {
    const context = rule('    context: {name: system_u, type: httpd_sys_content_t, range: s0-s1:c0.c3}\n');
    const target = path.join(sandbox.dest, 'a');
    const given = ['-s', 'system_u', '-t', 'httpd_sys_content_t', '-r', 's0-s1:c0.c3', target];
    assert.equal((await install(context, { disk: diskWith('semanage', 'restorecon'), tools: noted() })).failedEvent, null);
    assert.deepEqual(ran, [['semanage', 'fcontext', '-a', ...given], ['restorecon', '-vF', target]]);
    ran = [];
    assert.equal((await install(context, { disk: diskWith('semanage', 'restorecon'), tools: noted((args) => (args.includes('-a') ? 1 : 0)) })).failedEvent, null);
    assert.deepEqual(ran, [['semanage', 'fcontext', '-a', ...given], ['semanage', 'fcontext', '-m', ...given], ['restorecon', '-vF', target]]);
    ran = [];
    await install('', { disk: diskWith('semanage', 'restorecon'), tools: noted() });
    assert.deepEqual(ran, [['semanage', 'fcontext', '-d', target]]);
  });

  it('is refused with a remedy where the host lacks the tool, before anything is changed', async () => {
    for (const [body, tool, key] of [['    acls: ["u:daemon:rw"]\n', 'setfacl', 'acls'], ['    context: {type: tmp_t}\n', 'semanage', 'context']] as const) {
      const outcome = await install(rule(body), { disk: diskWith(), tools: noted() });
      assert.match(outcome.why, new RegExp(`need ${tool}, which is not installed on this host; install it or remove "${key}"`));
      assert.deepEqual([there(), ran], [[], []]);
    }
  });

  it('fails, and leaves what was there, where setfacl refuses', async () => {
    assert.equal((await install('')).failedEvent, null);
    const outcome = await install(rule('    acls: ["u:daemon:rw"]\n'), { disk: diskWith('setfacl'), tools: noted(() => 1), files: { 'd/a': 'new' } });
    assert.match(outcome.why, /setfacl failed with exit status 1: refused by the tool/);
    assert.equal(fs.readFileSync(path.join(sandbox.dest, 'a'), 'utf8'), 'a');
    assert.deepEqual(there(), ['a', 'b']);
  });

  it('refuses default entries on a file', async () => {
    const outcome = await install(rule('    acls: ["d:u:daemon:rw"]\n'), { disk: diskWith('setfacl'), tools: noted() });
    assert.equal(outcome.failedEvent, 'Install');
    assert.deepEqual([there(), ran], [[], []]);
  });

  it('(where the host has setfacl) gives the lists that were asked for, each file’s from its own mode, and folders their defaults', async () => {
    const permissions = `permissions:
  - object: ${sandbox.dest}
    pattern: "*"
    acls: ["daemon:rw"]
    type: [file]
  - object: ${sandbox.dest}
    pattern: sub
    acls: ["u:daemon:rwx", "d:u:daemon:rx"]
    type: [directory]
`;
    const outcome = await install(permissions, { files: { 'd/a': { content: 'a', mode: 0o640 }, 'd/b': { content: 'b', mode: 0o664 }, 'd/sub/c': 'c' } });
    if (!canSetAcl) {
      assert.match(outcome.why, /need setfacl/);
      assert.deepEqual(there(), []);
      return;
    }
    assert.equal(outcome.failedEvent, null, outcome.why);
    const aclOf = (name: string): readonly string[] => execFileSync('getfacl', ['--omit-header', '--absolute-names', '--no-effective', path.join(sandbox.dest, name)], { encoding: 'utf8' }).trim().split('\n').sort();
    assert.deepEqual(aclOf('a'), ['group::r--', 'mask::r--', 'other::---', 'user::rw-', 'user:daemon:rw-']);
    assert.deepEqual(aclOf('b'), ['group::rw-', 'mask::rw-', 'other::r--', 'user::rw-', 'user:daemon:rw-']);
    assert.deepEqual(aclOf('sub').filter((line) => line.includes('daemon')), ['default:user:daemon:r-x', 'user:daemon:rwx']);
  });
});
