import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { lintApplication } from '../../../server/traffic/lint/application-rules.ts';
import { kindOf } from '../../../server/traffic/lint/lint-text.ts';
import { isLivenessPath, pathOf } from '../../../server/traffic/lint/liveness.ts';
import { readNginxConfig } from '../../../server/traffic/lint/nginx-config.ts';
import { lintNginx } from '../../../server/traffic/lint/nginx-rules.ts';
import { stopSecondsOf } from '../../../server/traffic/lint/systemd-unit.ts';
import { isAtLeast } from '../../../server/traffic/lint/version.ts';

describe('an nginx.conf', () => {
  const good = `worker_shutdown_timeout 60s;
events {}
http {
  keepalive_min_timeout 5s;
  upstream web { server 10.0.0.1:8080 max_fails=0; }
  server { listen 80; location / { proxy_pass http://web; } }
}`;
  const rulesOf = (text: string, version?: string): string[] => lintNginx(readNginxConfig(text, 'nginx.conf', version)).map(({ rule }) => rule);

  it('with all that a reload needs has nothing to be found', () => {
    assert.deepEqual(rulesOf(good, '1.28.0'), []);
    assert.deepEqual(rulesOf(good), []);
  });

  const cases: [string, string, string | undefined, string[]][] = [
    ['an nginx too old for keepalive_min_timeout', good, '1.22.1', ['nginx-too-old']],
    ['no keepalive_min_timeout', good.replace('keepalive_min_timeout 5s;', ''), '1.28.0', ['keepalive-min-timeout']],
    ['one that is commented out', good.replace('keepalive_min_timeout', '# keepalive_min_timeout'), '1.28.0', ['keepalive-min-timeout']],
    ['no version that is known, and no keepalive_min_timeout', good.replace('keepalive_min_timeout 5s;', ''), undefined, ['keepalive-min-timeout']],
    ['no end to old workers', good.replace('worker_shutdown_timeout 60s;', ''), '1.28.0', ['worker-shutdown-timeout']],
    ['retries of POSTs', good.replace('proxy_pass', 'proxy_next_upstream error timeout non_idempotent; proxy_pass'), '1.28.0', ['non-idempotent-retry']],
    ['members that are left out after one failure', good.replace(' max_fails=0', ''), '1.28.0', ['max-fails']],
  ];
  for (const [what, text, version, rules] of cases) it(`with ${what} is found out: ${rules.join(', ')}`, () => assert.deepEqual(rulesOf(text, version), rules));

  it('that keeps no connections open loses none, however old it is', () => {
    assert.deepEqual(rulesOf(good.replace('keepalive_min_timeout 5s', 'keepalive_timeout 0'), '1.22.1'), []);
    assert.deepEqual(rulesOf(good.replace('keepalive_min_timeout 5s', 'keepalive_timeout 65'), '1.22.1'), ['nginx-too-old']);
  });

  it('is told that nobody takes its members in', () => {
    assert.equal(lintNginx({ where: 'x', version: '1.28.0', isIncluded: false, directives: [{ name: 'worker_shutdown_timeout', value: '1s' }, { name: 'keepalive_min_timeout', value: '5s' }] })[0]!.severity, 'error');
  });
});

describe('an application', () => {
  const rulesOf = (...args: Parameters<typeof lintApplication>): string[] => lintApplication(...args).map(({ rule }) => rule);

  it('that says when it is ready, and may take its time to stop, has nothing to be found', () => {
    assert.deepEqual(rulesOf({ where: 'a', readinessUrl: 'http://127.0.0.1:8080/ready', isValidated: true, stopSeconds: 60 }, { drainSeconds: 60, livenessUrl: '/alive-and-well' }), []);
  });

  it('is found out: nothing says when it is ready', () => assert.deepEqual(rulesOf({ where: 'a', isValidated: false }, {}), ['readiness-missing']));
  it('is found out: readiness asks what liveness asks', () => assert.deepEqual(rulesOf({ where: 'a', readinessUrl: 'http://localhost/status?x' }, { livenessUrl: 'http://10.0.0.1:80/status' }), ['readiness-is-liveness']));
  it('is found out: readiness asks what is liveness by its name', () => assert.deepEqual(rulesOf({ where: 'a', readinessUrl: 'http://localhost/livez' }, {}), ['readiness-is-liveness']));
  it('is found out: it is killed before it may have drained', () => assert.deepEqual(rulesOf({ where: 'a', stopSeconds: 30 }, { drainSeconds: 60 }), ['stop-timeout']));
  it('whose drain is not known is not blamed for its stop', () => assert.deepEqual(rulesOf({ where: 'a', stopSeconds: 1 }, {}), []));
});

describe('what the rules go by', () => {
  it('is a path that is liveness by its name', () => {
    for (const path of ['/livez', '/live', '/health/live', '/actuator/health/liveness', '/ping', '/-/healthy', '/livez?verbose', '/livez/']) assert.ok(isLivenessPath(path), path);
    for (const path of ['/ready', '/healthz', '/delivery', '/alive-and-well', '/', '/olive']) assert.ok(!isLivenessPath(path), path);
    assert.deepEqual(['http://a:1/b?c', '/d', 'https://a'].map(pathOf), ['/b', '/d', '/']);
  });

  it('is a version by its numbers', () => {
    assert.deepEqual([isAtLeast('1.27.4', '1.27.4'), isAtLeast('1.27.10', '1.27.4'), isAtLeast('1.22.1', '1.27.4'), isAtLeast('3.5-dev5', '3.1'), isAtLeast('2', '1.9'), isAtLeast('x', '1')], [true, true, false, true, true, null]);
  });

  it('is how long systemd lets a service stop', () => {
    for (const [text, seconds] of [['TimeoutStopSec=30', 30], ['TimeoutStopSec=1min 30s', 90], ['TimeoutSec=5', 5], ['TimeoutStopSec=infinity', Infinity], ['', 90], ['TimeoutStopSec=500ms', 0.5]] as const) assert.equal(stopSecondsOf(`[Service]\n${text}\n`), seconds, text);
  });

  it('is what a file is', () => {
    for (const [name, text, kind] of [
      ['/etc/haproxy/haproxy.cfg', 'global\n  daemon\n', 'haproxy'],
      ['x', '# c\nbackend web\n  server a b:1\n', 'haproxy'],
      ['nginx.conf', 'events {}\nhttp {\n}\n', 'nginx'],
      ['-', 'upstream web {\n server a:1;\n}\n', 'nginx'],
      ['app/appspec.yml', 'version: 0.0\n', 'appspec'],
      ['web.service', '[Unit]\n', 'unit'],
      ['README.md', '# Read me\n', null],
    ] as const) {
      assert.equal(kindOf(name, text), kind, name);
    }
  });
});
