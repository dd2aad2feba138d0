// The pure decisions around a hook: which archive, whether there is anything to do, as whom, in what environment, and
// what of its output is kept.

import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { chooseArchive } from '../../hooks/archive-choice.ts';
import { buildEnvironment } from '../../hooks/environment.ts';
import type { BundleOrigin } from '../../hooks/environment.ts';
import { LogTail } from '../../hooks/log-tail.ts';
import { isNoop } from '../../hooks/noop.ts';
import { LineReader, makeReadable } from '../../hooks/readable-lines.ts';
import { isUserName, planRunAs } from '../../hooks/run-as.ts';
import { findCrlfInterpreter, findInterpreter, locateScript } from '../../hooks/script-path.ts';

describe('the choice of archive', () => {
  const table: readonly (readonly [string, string, string])[] = [
    ['BeforeBlockTraffic', 'lastSuccessful', 'mostRecent'],
    ['AfterBlockTraffic', 'lastSuccessful', 'mostRecent'],
    ['ApplicationStop', 'lastSuccessful', 'lastSuccessful'],
    ['BeforeInstall', 'current', 'current'],
    ['AfterInstall', 'current', 'current'],
    ['ApplicationStart', 'current', 'current'],
    ['ValidateService', 'current', 'current'],
    ['BeforeAllowTraffic', 'current', 'lastSuccessful'],
    ['AfterAllowTraffic', 'current', 'lastSuccessful'],
    ['constructor', 'current', 'current'],
  ];
  for (const [event, normal, rollback] of table) {
    it(`takes for ${event} ${normal}, and ${rollback} in a blue/green rollback`, () => {
      const choose = (creator: string, deploymentType: string, hasCurrentArchive = false): string => chooseArchive({ event, creator, deploymentType, hasCurrentArchive });
      assert.equal(choose('user', 'IN_PLACE'), normal);
      assert.equal(choose('user', 'BLUE_GREEN'), normal);
      assert.equal(choose('codeDeployRollback', 'IN_PLACE'), normal);
      assert.equal(choose('codeDeployRollback', 'BLUE_GREEN'), rollback);
      assert.equal(choose('codeDeployRollback', 'BLUE_GREEN', true), 'current');
    });
  }
});

describe('no-op detection', () => {
  it('is true for events without scripts, without a revision and for unknown commands only', () => {
    const hooks = { AfterInstall: [{ location: 'a', timeoutSeconds: 1, runas: null, sudo: false, restartable: false, once: false }], BeforeInstall: [] };
    assert.deepEqual(['AfterInstall', 'BeforeInstall', 'ApplicationStart', 'DownloadBundle', 'Install', 'Nonsense', 'constructor'].map((command) => isNoop(command, hooks)), [false, true, true, false, false, true, true]);
    assert.deepEqual(['AfterInstall', 'Install'].map((command) => isNoop(command, null)), [true, false]);
  });
});

describe('the environment of a hook', () => {
  const build = (origin: BundleOrigin): Readonly<Record<string, string>> =>
    buildEnvironment({ base: { PATH: '/bin', DEPLOYMENT_ID: 'not this' }, lifecycleEvent: 'AfterInstall', deploymentId: 'd-1', applicationName: 'app', deploymentGroupName: 'prod', deploymentGroupId: 'g', origin, root: '/r', attempt: 'a' });
  const always = { PATH: '/bin', LIFECYCLE_EVENT: 'AfterInstall', DEPLOYMENT_ID: 'd-1', APPLICATION_NAME: 'app', DEPLOYMENT_GROUP_NAME: 'prod', DEPLOYMENT_GROUP_ID: 'g', FAIRLEAD_ROOT: '/r', FAIRLEAD_ATTEMPT: 'a' };

  it('holds what CodeDeploy promises and unsets what the origin does not know', () => {
    assert.deepEqual(build({ kind: 'other' }), always);
    assert.deepEqual(build({ kind: 'github', commit: 'c' }), { ...always, BUNDLE_COMMIT: 'c' });
    assert.deepEqual(build({ kind: 's3', bucket: 'b', key: 'k', version: null, eTag: null }), { ...always, BUNDLE_BUCKET: 'b', BUNDLE_KEY: 'k' });
    assert.deepEqual(build({ kind: 's3', bucket: 'b', key: 'k', version: 'v', eTag: 'e' }), { ...always, BUNDLE_BUCKET: 'b', BUNDLE_KEY: 'k', BUNDLE_VERSION: 'v', BUNDLE_ETAG: 'e' });
  });
});

describe('running as another user', () => {
  const plan = (runas: string | null, sudo: boolean, facts: Partial<Parameters<typeof planRunAs>[1]> = {}): unknown => {
    const made = planRunAs({ location: 'a.sh', runas, sudo }, { path: '/b/a b.sh', isRoot: true, currentUser: 'root', isUserKnown: true, allowedUsers: null, ...facts });
    return made.kind === 'command' ? made.command : made.sentence;
  };
  const agent = { isRoot: false, currentUser: 'agent' };

  it('is an argument vector, never a shell string', () => {
    assert.deepEqual(plan(null, false), ['/b/a b.sh']);
    assert.deepEqual(plan('bob', false), ['runuser', '-u', 'bob', '--', '/b/a b.sh']);
    assert.deepEqual(plan('bob', true), ['runuser', '-u', 'bob', '--', '/b/a b.sh']);
    assert.deepEqual(plan('', true), ['/b/a b.sh']);
    assert.deepEqual(plan('agent', false, agent), ['/b/a b.sh']);
    assert.deepEqual(plan(null, true, agent), ['sudo', '-n', '-u', 'root', '--', '/b/a b.sh']);
    assert.deepEqual(plan('bob', true, agent), ['sudo', '-n', '-u', 'bob', '--', '/b/a b.sh']);
  });

  it('is refused with a sentence where it cannot or may not be', () => {
    assert.match(String(plan('bob', false, agent)), /agent runs as agent, which cannot become another user/);
    assert.match(String(plan('bob', false, { isUserKnown: false })), /does not know/);
    assert.match(String(plan('bob', false, { allowedUsers: ['deploy'] })), /policy does not allow\. Use one of deploy/);
    assert.match(String(plan(null, true, { ...agent, allowedUsers: ['deploy'] })), /as user root/);
    assert.deepEqual(['bob', 'www-data', 'DOM.user@x', '-u', '', 'a b', 'a:b', '0', 'a\n', '$x'].map(isUserName), [true, true, true, false, false, false, false, false, false, false]);
  });
});

describe('the location of a script', () => {
  it('stays within the archive', () => {
    const locate = (location: string): string => { const made = locateScript('/a', location); return made.kind === 'path' ? made.path : 'refused'; };
    assert.deepEqual(['s.sh', '/s.sh', '//x/../s.sh', './a/./b', '..sh', '..', '../s', 'a/../../s', '/../s', 'a\0b'].map(locate), ['/a/s.sh', '/a/s.sh', '/a/s.sh', '/a/a/b', '/a/..sh', 'refused', 'refused', 'refused', 'refused', 'refused']);
    fc.assert(fc.property(fc.array(fc.constantFrom('..', '.', 'a', '', '/')).map((parts) => parts.join('/')), (location) => {
      const made = locateScript('/a/b', location);
      assert.ok(made.kind === 'refused' || `${made.path}/`.startsWith('/a/b/'));
    }));
  });

  it('has its CRLF interpreter found out, and no other', () => {
    const find = (head: string): string | null => findCrlfInterpreter(Buffer.from(head));
    assert.deepEqual(['#!/bin/sh\r\n', '#! /bin/sh -e\r\nx', '#!/bin/sh\nx\r\n', 'x\r\n', ''].map(find), ['/bin/sh', '/bin/sh -e', null, null, null]);
  });
});

describe('the interpreter of a script', () => {
  it('is the absolute path its first line names, arguments and blanks aside', () => {
    const lines = ['#!/bin/sh\n', '#! /usr/bin/env python3\nx', '#!/no/such', '#!\t/bin/sh -e', '#!sh\n', 'echo #!/bin/sh\n', '', '\n#!/bin/sh\n', '#!\n/bin/sh'];
    assert.deepEqual(lines.map((line) => findInterpreter(Buffer.from(line))), ['/bin/sh', '/usr/bin/env', '/no/such', '/bin/sh', null, null, null, null, null]);
  });
});

describe('output lines', () => {
  it('come out the same however the stream is cut', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat(200)), (bytes, cuts) => {
      const read = (at: readonly number[]): unknown => {
        const reader = new LineReader();
        const edges = [0, ...[...at].sort((a, b) => a - b).filter((cut) => cut < bytes.length), bytes.length];
        return [...edges.slice(1).flatMap((edge, index) => reader.take(bytes.slice(edges[index], edge))), ...reader.finish()];
      };
      assert.deepEqual(read(cuts), read([]));
    }));
  });

  it('are cut at 64 KiB and lose terminal sequences and control characters', () => {
    const lines = new LineReader().take(Buffer.from(`${'x'.repeat(100_000)}\nend\n`));
    assert.deepEqual(lines.map((line) => [line.offset, line.text.length]), [[0, 65_536], [65_536, 34_464], [100_001, 3]]);
    assert.equal(makeReadable(Buffer.from('\x1b[1;31mred\x1b[0m \x1b]0;t\x07a\tb\x00\x08\x1b(Bc\r\u{9b}')), 'red a\tbc');
    assert.equal(makeReadable(Buffer.from([0x61, 0xff, 0x62])), 'a\uFFFDb');
  });
});

describe('the diagnostics tail', () => {
  it('holds the last whole entries, always below 2048 bytes, and never loses the last', () => {
    fc.assert(fc.property(fc.array(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 0, max: 3_000 }).map((length) => '[stdout]é'.padEnd(length, 'ü'))), { maxLength: 80 }), (lines) => {
      const tail = new LogTail();
      for (const line of lines) tail.add(line);
      assert.ok(Buffer.byteLength(tail.text()) < 2_048);
      const last = lines.at(-1);
      if (last !== undefined) assert.ok(tail.text().endsWith(`${last.slice(-300)}\n`));
      if (Buffer.byteLength(lines.join('\n')) < 2_000) assert.equal(tail.text(), lines.map((line) => `${line}\n`).join(''));
    }));
  });
});
