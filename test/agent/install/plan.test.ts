import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'mocha';
import fc from 'fast-check';
import { archiveLayout, isPathSafe } from '../../../agent/archive-layout.ts';
import { completeAcl } from '../../../agent/install/acl.ts';
import { parseCleanup, renderCleanup } from '../../../agent/install/cleanup-file.ts';
import { matchesBelow } from '../../../agent/install/match-permissions.ts';
import { interruptedGroups } from '../../../agent/install/recover.ts';
import { chooseExpired } from '../../../agent/retention.ts';
import type { PermissionRule } from '../../../hooks/appspec/appspec.ts';
import { deploy, makeSandbox, plant, realTools, treeOf } from './sandbox.ts';
import type { Deployed, FileShapes, Sandbox } from './sandbox.ts';

const withSandbox = async (act: (sandbox: Sandbox) => Promise<void>): Promise<void> => {
  const sandbox = makeSandbox({ inMemory: true });
  try {
    await act(sandbox);
  } finally {
    sandbox.remove();
  }
};

let count = 0;
const install = (sandbox: Sandbox, body: string, files: FileShapes = { 'd/a': 'a' }, more: Partial<Parameters<typeof deploy>[1]> = {}): Promise<Deployed> =>
  deploy(sandbox, { appSpec: `version: 0.0\nos: linux\n${body}`, files, deploymentId: `d-${++count}`, ...more });
const toDest = (sandbox: Sandbox, rest = ''): string => `files:\n  - source: d\n    destination: ${sandbox.dest}\n${rest}`;
const code = ({ install: outcome }: Deployed): string | undefined => (outcome === null || outcome.kind === 'installed' ? outcome?.kind : outcome.code);

describe('an Install', () => {
  it('keeps the running revision when the next one is refused', async () => {
    await withSandbox(async (sandbox) => {
      await install(sandbox, toDest(sandbox));
      const before = treeOf(sandbox.dest);
      const records = treeOf(sandbox.layout.instructionsFolder);
      const bad: readonly (readonly [body: string, code: string, files?: FileShapes])[] = [
        [`${toDest(sandbox)}  - source: nope\n    destination: ${sandbox.dest}\n`, 'source_missing'],
        [`files:\n  - source: ../x\n    destination: ${sandbox.dest}\n`, 'source_outside_bundle'],
        [`files:\n  - source: d/../../x\n    destination: ${sandbox.dest}\n`, 'source_outside_bundle'],
        [toDest(sandbox, `permissions:\n  - object: ${sandbox.dest}\n    owner: no-such-user\n`), 'unknown_owner'],
        [toDest(sandbox, `permissions:\n  - object: ${sandbox.dest}\n    group: no-such-group\n`), 'unknown_group'],
        [toDest(sandbox, `permissions:\n  - object: ${sandbox.dest}\n    mode: 600\n  - object: ${sandbox.dest}/a\n    mode: 600\n`), 'permission_twice'],
        [toDest(sandbox, `permissions:\n  - object: ${sandbox.dest}/a\n    pattern: "*"\n    mode: 600\n`), 'permission_on_file'],
        [toDest(sandbox), 'duplicate_destination', { 'd/a': '1', 'e/a': '2' }],
      ];
      for (const [body, expected, files] of bad) {
        const outcome = await install(sandbox, files === undefined ? body : `${body}  - source: e\n    destination: ${sandbox.dest}\n`, files);
        assert.equal(code(outcome), expected, outcome.why);
        assert.deepEqual(treeOf(sandbox.dest), before);
        assert.deepEqual(treeOf(sandbox.layout.instructionsFolder), records);
      }
    });
  });

  it('names all conflicts at once', async () => {
    await withSandbox(async (sandbox) => {
      plant(sandbox.dest, { a: 'x', b: 'x' });
      const outcome = await install(sandbox, toDest(sandbox), { 'd/a': '', 'd/b': '' });
      assert.match(outcome.why, /dest\/a .*and 1 more: .*dest\/b/);
    });
  });

  it('warns of permissions that have no effect', async () => {
    await withSandbox(async (sandbox) => {
      const outcome = await install(sandbox, toDest(sandbox, `permissions:\n  - object: ${sandbox.dest}/typo\n    mode: 600\n  - object: ${sandbox.dest}\n    pattern: "*.nothing"\n    mode: 600\n`));
      assert.equal(outcome.warnings.filter((warning) => warning.includes('have no effect')).length, 2, outcome.warnings.join('\n'));
    });
  });

  it('clears setuid when the same entry sets the owner, as CodeDeploy does, and says so', async () => {
    await withSandbox(async (sandbox) => {
      const owner = process.getuid!() === 0 ? 'root' : (await realTools.run({ file: 'id', args: ['-un'], env: { PATH: process.env['PATH']! }, cwd: '/' }, 5000)).stdout.trim();
      const outcome = await install(sandbox, toDest(sandbox, `permissions:\n  - object: ${sandbox.dest}\n    mode: "4755"\n    owner: ${owner}\n`));
      assert.ok(outcome.warnings.some((warning) => warning.includes('setuid')), outcome.why);
      assert.equal(treeOf(sandbox.dest)['a']?.mode, '755');
    });
  });

  it('refuses what needs a tool that the host lacks before it touches anything', async () => {
    await withSandbox(async (sandbox) => {
      const lacks = !['/usr/sbin/semanage', '/sbin/semanage', '/usr/bin/semanage', '/usr/local/sbin/semanage'].some((file) => fs.existsSync(file));
      const outcome = await install(sandbox, toDest(sandbox, `permissions:\n  - object: ${sandbox.dest}\n    context:\n      type: httpd_sys_content_t\n`));
      if (lacks) assert.equal(code(outcome), 'missing_tool', outcome.why);
      assert.equal(outcome.install?.kind === 'installed', !lacks && fs.existsSync(path.join(sandbox.dest, 'a')));
    });
  });

  it('copies the folder that a link names, as CodeDeploy does, and refuses a link to its own folder', async () => {
    await withSandbox(async (sandbox) => {
      const outcome = await install(sandbox, toDest(sandbox), { 'd/l': { link: '../shared' }, 'shared/x': 'x' });
      assert.equal(code(outcome), 'installed', outcome.why);
      assert.deepEqual(treeOf(sandbox.dest), { l: { dir: true, mode: '755' }, 'l/x': { content: 'x', mode: '644' } });
      assert.equal(code(await install(sandbox, toDest(sandbox), { 'd/s/up': { link: '..' } })), 'source_missing');
    });
  });

  it('cleans up what it put inside a folder that was in the way', async () => {
    await withSandbox(async (sandbox) => {
      plant(sandbox.dest, { 'a/': { dir: true } });
      await install(sandbox, `file_exists_behavior: OVERWRITE\n${toDest(sandbox)}`);
      assert.equal(treeOf(sandbox.dest)['a/a']?.content, 'a');
      await install(sandbox, '', { x: 'x' });
      assert.deepEqual(Object.keys(treeOf(sandbox.dest)), ['a']);
    });
  });

  it('recognises its own files also through another path to the same folder', async () => {
    await withSandbox(async (sandbox) => {
      plant(sandbox.dest, { 'real/': { dir: true }, alias: { link: 'real' } });
      assert.equal(code(await install(sandbox, `files:\n  - source: d\n    destination: ${sandbox.dest}/alias\n`)), 'installed');
      assert.equal(code(await install(sandbox, `files:\n  - source: d\n    destination: ${sandbox.dest}/real\n`)), 'installed');
    });
  });

  it('does not write through a link of another user', async () => {
    await withSandbox(async (sandbox) => {
      if (process.getuid!() === 0) {
        plant(sandbox.dest, { secret: 'secret', a: { link: 'secret' } });
        fs.lchownSync(path.join(sandbox.dest, 'a'), 1, 1);
        assert.equal(code(await install(sandbox, `file_exists_behavior: OVERWRITE\n${toDest(sandbox)}`)), 'link_in_the_way');
        assert.equal(treeOf(sandbox.dest)['secret']?.content, 'secret');
      }
      plant(sandbox.dest, { b: { link: 'nowhere/b' } });
      assert.equal(code(await install(sandbox, toDest(sandbox), { 'd/b': 'b' })), 'link_in_the_way');
    });
  });

  it('puts everything below the root folder it is given, and nothing beside it', async () => {
    await withSandbox(async (sandbox) => {
      const root = sandbox.dest;
      const outcome = await install(sandbox, 'files:\n  - source: d\n    destination: /opt/app\n  - source: d/a\n    destination: ../../../etc\npermissions:\n  - object: /opt/app\n    mode: 600\n    type: [file]\n', { 'd/a': 'a' }, { root });
      assert.equal(code(outcome), 'installed', outcome.why);
      assert.deepEqual(treeOf(root), { etc: { dir: true, mode: '755' }, 'etc/a': { content: 'a', mode: '644' }, opt: { dir: true, mode: '755' }, 'opt/app': { dir: true, mode: '755' }, 'opt/app/a': { content: 'a', mode: '600' } });
      assert.ok(outcome.warnings.some((warning) => warning.includes('relative')));
      plant(sandbox.folder, { 'outside/': { dir: true } });
      plant(root, { out: { link: '../outside' } });
      assert.equal(code(await install(sandbox, 'files:\n  - source: d\n    destination: /out\n', { 'd/b': 'b' }, { root })), 'destination_outside_root');
      assert.deepEqual(fs.readdirSync(path.join(sandbox.folder, 'outside')), []);
      assert.equal(code(await install(sandbox, 'files:\n  - source: d\n    destination: /x\n', { 'd/b': 'b' }, { root: `${root}/missing` })), 'bad_destination');
    });
  });

  it('leaves its record and its instructions in the original’s form, and the last-successful marker alone', async () => {
    await withSandbox(async (sandbox) => {
      await install(sandbox, toDest(sandbox), { 'd/s/a': 'a' }, { deploymentId: 'd-X' });
      const group = sandbox.layout.group('group-1');
      assert.equal(fs.existsSync(group.lastSuccessfulInstall), false);
      assert.equal(fs.readFileSync(group.cleanup, 'utf8'), `${sandbox.dest}/s\n${sandbox.dest}/s/a\n`);
      assert.deepEqual(JSON.parse(fs.readFileSync(group.instructions, 'utf8')), { instructions: [{ type: 'mkdir', directory: `${sandbox.dest}/s` }, { type: 'copy', source: `${sandbox.layout.deployment('group-1', 'd-X').archive}/d/s/a`, destination: `${sandbox.dest}/s/a` }] });
      assert.deepEqual(interruptedGroups(sandbox.layout), []);
    });
  });
});

describe('the cleanup file', () => {
  it('gives back every record, whatever its path', () => {
    fc.assert(fc.property(fc.array(fc.record({ kind: fc.constantFrom('path' as const, 'semanage' as const), path: fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')).map((text) => `/${text}`) }, { noNullPrototype: true })), (records) => {
      assert.deepEqual(parseCleanup(renderCleanup(records)), records);
    }));
  });

  it('drops a torn last line, and what is no absolute path', () => {
    assert.deepEqual(parseCleanup('/a\nrelative\n"torn\n/b'), [{ kind: 'path', path: '/a' }]);
  });
});

describe('a permission rule', () => {
  const rule = (pattern: string, except: readonly string[] = []): PermissionRule => ({ object: '/o', pattern, except, type: ['file'], owner: null, group: null, mode: null, acls: null, context: null });

  it('matches any depth with **, one level with anything else, and knows no wildcard but *', () => {
    const cases: readonly (readonly [pattern: string, except: readonly string[], path: string, matches: boolean])[] = [
      ['**', [], '/o/a', true], ['**', [], '/o/a/b', true], ['**', [], '/o', false], ['**', [], '/other', false],
      ['*', [], '/o/a', true], ['*', [], '/o/a/b', false], ['*.txt', [], '/o/a.txt', true], ['*.txt', [], '/o/s/a.txt', false],
      ['a?', [], '/o/ab', false], ['a?', [], '/o/a?', true], ['[ab]', [], '/o/a', false], ['s/*', [], '/o/s/a', false],
      ['a*c*e', [], '/o/abcde', true], ['a*c*e', [], '/o/abde', false], ['', [], '/o/a', false],
      ['**', ['*.txt'], '/o/a.txt', false], ['**', ['*.txt'], '/o/s/a.txt', true], ['**', ['/o/a'], '/o/a', true],
    ];
    for (const [pattern, except, path1, matches] of cases) assert.equal(matchesBelow(rule(pattern, except), '/o', path1), matches, `${pattern} ${except.join()} ${path1}`);
    assert.equal(matchesBelow(rule('**'), '/', '/a'), true);
  });

  it('is matched in bounded time by a hostile pattern', () => {
    const started = performance.now();
    assert.equal(matchesBelow(rule(`${'*a'.repeat(100)}b`), '/o', `/o/${'a'.repeat(255)}`), false);
    assert.ok(performance.now() - started < 50);
  });

  it('completes an ACL from the object’s own mode, the mask from its group bits', () => {
    assert.deepEqual(completeAcl(['user:daemon:rw-'], 0o640), ['user:daemon:rw-', 'user::rw-', 'group::r--', 'other::---', 'mask::r--']);
    assert.deepEqual(completeAcl(['user:daemon:rw-', 'mask::rwx'], 0o600), ['user:daemon:rw-', 'mask::rwx', 'user::rw-', 'group::---', 'other::---']);
    assert.deepEqual(completeAcl(['default:user:daemon:r--'], 0o755).filter((entry) => entry.startsWith('default:')), ['default:user:daemon:r--', 'default:user::rwx', 'default:group::r-x', 'default:other::r-x', 'default:mask::r-x']);
  });
});

describe('retention', () => {
  const kept = ['a', 'b', 'c', 'd', 'e', 'f'].map((deploymentId, changedAt) => ({ deploymentId, changedAt }));

  it('counts the current deployment, removes the oldest and spares the last successful one', () => {
    assert.deepEqual(chooseExpired(kept, 5, 'g', null), ['a', 'b']);
    assert.deepEqual(chooseExpired(kept, 5, 'g', 'a'), ['b', 'c']);
    assert.deepEqual(chooseExpired(kept, 5, 'f', null), ['a']);
    assert.deepEqual(chooseExpired(kept, 7, 'g', null), []);
    assert.deepEqual(chooseExpired(kept, 1, 'g', 'f'), ['a', 'b', 'c', 'd', 'e']);
    assert.throws(() => chooseExpired(kept, 0, 'g', null), /max_revisions/);
  });
});

describe('the archive layout', () => {
  it('takes no id that could leave its folder', () => {
    for (const id of ['', '.', '..', 'a/b', '../a', 'a\0', 'a\n', '-rf', 'a'.repeat(151)]) assert.equal(isPathSafe(id), false, JSON.stringify(id));
    for (const id of ['d-ABC123DEF', 'arn:aws:x', '0b5e-11']) assert.equal(isPathSafe(id), true);
    assert.throws(() => archiveLayout('/data').deployment('g', '../x'), /cannot be part of a path/);
    assert.throws(() => archiveLayout('data'), /absolute/);
  });

  it('mirrors the original’s names', () => {
    const layout = archiveLayout('/data');
    assert.equal(layout.deployment('g', 'd-1').bundle, '/data/deployment-root/g/d-1/bundle.tar');
    assert.equal(layout.deployment('g', 'd-1').scriptLog, '/data/deployment-root/g/d-1/logs/scripts.log');
    assert.equal(layout.group('g').cleanup, '/data/deployment-instructions/g-cleanup');
    assert.equal(layout.group('g').mostRecentInstall, '/data/deployment-instructions/g_most_recent_install');
  });
});
