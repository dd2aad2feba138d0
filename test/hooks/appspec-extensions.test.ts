// The keys that are ours alone: read strictly, and without any effect where they are not.

import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import type { AppSpec } from '../../hooks/appspec/appspec.ts';
import { parseAppSpec } from '../../hooks/appspec/parse.ts';

const head = 'version: 0.0\nos: linux\n';

function accept(text: string): AppSpec {
  const verdict = parseAppSpec(`${head}${text}`);
  assert.ok(verdict.kind === 'accepted', JSON.stringify(verdict));
  assert.deepEqual(verdict.warnings, []);
  return verdict.appSpec;
}

/** `LINE KEY` of each complaint. */
function refuse(text: string): readonly string[] {
  const verdict = parseAppSpec(`${head}${text}`);
  assert.ok(verdict.kind === 'refused', `accepted: ${text}`);
  return verdict.complaints.map(({ line, key }) => `${line} ${key}`);
}

const flags = (lines: string): readonly unknown[] => {
  const [script] = accept(`hooks:\n  AfterInstall:\n    - location: a.sh\n${lines}`).hooks['AfterInstall'] ?? [];
  return [script?.restartable, script?.once];
};

describe('the extensions of the AppSpec', () => {
  it('warn of once where it has no meaning', () => {
    for (const event of ['OnFailure', 'AfterRollback']) {
      const verdict = parseAppSpec(`${head}hooks:\n  ${event}:\n    - location: a.sh\n      once: true\n`);
      assert.ok(verdict.kind === 'accepted');
      assert.deepEqual(verdict.warnings.map(({ line, key, sentence }) => [line, key, /once has no meaning in/.test(sentence)]), [[4, `hooks.${event}`, true]]);
    }
  });

  it('are all off where nothing is said', () => {
    const appSpec = accept('hooks:\n  AfterInstall:\n    - location: a.sh\n');
    assert.deepEqual([appSpec.readiness, appSpec.releases], [null, null]);
    assert.deepEqual(flags(''), [false, false]);
    assert.deepEqual([accept('readiness:\nreleases: ~\n').readiness, accept('readiness:\nreleases: ~\n').releases], [null, null]);
  });

  it('mark scripts as restartable and as run once', () => {
    assert.deepEqual(flags('      restartable: true\n'), [true, false]);
    assert.deepEqual(flags('      restartable: no\n      once: yes\n'), [false, true]);
  });

  it('take no script flag that merely looks like a truth value', () => {
    assert.deepEqual(refuse('hooks:\n  AfterInstall:\n    - location: a.sh\n      restartable: "true"\n      once: 1\n'), ['6 hooks.AfterInstall[0].restartable', '7 hooks.AfterInstall[0].once']);
  });

  it('know OnFailure and AfterRollback as events', () => {
    assert.deepEqual(Object.keys(accept('hooks:\n  OnFailure:\n    - location: a.sh\n  AfterRollback:\n    - location: b.sh\n').hooks), ['OnFailure', 'AfterRollback']);
  });

  it('read the three probes with their defaults', () => {
    const probeOf = (text: string): unknown => accept(`readiness: {${text}}\n`).readiness?.probe;
    assert.deepEqual(accept('readiness: {tcp: {port: 80}}\n').readiness, { probe: { kind: 'tcp', host: 'localhost', port: 80 }, minHealthyMs: 0, timeoutMs: 300_000, intervalMs: 1_000 });
    assert.deepEqual(accept('readiness: {tcp: {port: 80, host: "::1"}, minHealthyMs: 5000, timeoutMs: 9000, intervalMs: 100}\n').readiness, { probe: { kind: 'tcp', host: '::1', port: 80 }, minHealthyMs: 5_000, timeoutMs: 9_000, intervalMs: 100 });
    assert.deepEqual(probeOf('http: {port: 8080}'), { kind: 'http', url: 'http://localhost:8080/', expectStatus: null });
    assert.deepEqual(probeOf('http: {port: 8080, path: /a?b=c, expectStatus: 204}'), { kind: 'http', url: 'http://localhost:8080/a?b=c', expectStatus: 204 });
    assert.deepEqual(probeOf('http: {url: "https://example.test/x"}'), { kind: 'http', url: 'https://example.test/x', expectStatus: null });
    assert.deepEqual(probeOf('command: {location: bin/ready.sh}'), { kind: 'command', location: 'bin/ready.sh', timeoutSeconds: 10 });
    assert.deepEqual(probeOf('command: {location: bin/ready.sh, timeout: 3}'), { kind: 'command', location: 'bin/ready.sh', timeoutSeconds: 3 });
  });

  for (const [text, ...expected] of [
    ['readiness: true\n', '3 readiness'],
    ['readiness: {}\n', '3 readiness'],
    ['readiness: {tcp: {port: 1}, http: {port: 1}}\n', '3 readiness'],
    ['readiness: {tcp: {prot: 1}}\n', '3 readiness.tcp.prot'],
    ['readiness:\n  tcp:\n    port: 0\n', '5 readiness.tcp.port'],
    ['readiness:\n  tcp:\n    port: "80"\n', '5 readiness.tcp.port'],
    ['readiness:\n  tcp:\n    port: 80\n    host: ""\n', '6 readiness.tcp.host'],
    ['readiness:\n  http:\n    path: /x\n', '5 readiness.http.port'],
    ['readiness:\n  http:\n    port: 1\n    path: x\n', '6 readiness.http.path'],
    ['readiness:\n  http:\n    port: 1\n    expectStatus: 99\n', '6 readiness.http.expectStatus'],
    ['readiness:\n  http:\n    url: ftp://x/\n', '5 readiness.http.url'],
    ['readiness:\n  http:\n    url: http://user:secret@x/\n', '5 readiness.http.url'],
    ['readiness:\n  http:\n    url: http://x/\n    port: 1\n', '6 readiness.http.port'],
    ['readiness:\n  command:\n    location:\n', '5 readiness.command.location'],
    ['readiness:\n  tcp: {port: 1}\n  minHealthyMs: 5000\n  timeoutMs: 5000\n', '4 readiness.timeoutMs'],
    ['readiness:\n  tcp: {port: 1}\n  timeoutMs: 1.5\n', '5 readiness.timeoutMs'],
    ['readiness:\n  tcp: {port: 1}\n  intervalMs: 0\n', '5 readiness.intervalMs'],
    ['releases: x\n', '3 releases'],
    ['releases:\n  folder: /srv/releases\n', '4 releases.current'],
    ['releases:\n  folder: srv\n  current: /\n', '4 releases.folder', '5 releases.current'],
    ['releases:\n  folder: /srv/app/current/releases\n  current: /srv/app/current\n', '4 releases'],
    ['releases:\n  folder: /srv/app\n  current: /srv/x/../app/\n', '4 releases'],
    ['releases:\n  folder: /a\n  current: /b\n  keep: 0\n', '6 releases.keep'],
    ['releases:\n  folder: /a\n  current: /b\n  kept: 3\n', '6 releases.kept'],
  ] as const) {
    it(`are refused with line and key: ${text.replaceAll(/\s+/g, ' ')}`, () => assert.deepEqual(refuse(text), expected));
  }

  it('name the folders of releases as absolute paths in one spelling', () => {
    assert.deepEqual(accept('releases: {folder: /srv//app/releases/, current: /srv/app/./current}\n').releases, { folder: '/srv/app/releases', current: '/srv/app/current', keep: 3 });
    assert.deepEqual(accept('releases: {folder: /a, current: /b, keep: 1}\n').releases?.keep, 1);
  });
});
