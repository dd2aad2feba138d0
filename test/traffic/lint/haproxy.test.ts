import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { haproxyConfig } from '../../../examples/traffic/haproxy-config.ts';
import { readHaproxyConfig } from '../../../server/traffic/lint/haproxy-config.ts';
import { lintHaproxy } from '../../../server/traffic/lint/haproxy-rules.ts';

const good = `
global
  stats socket /run/haproxy/admin.sock mode 660 level admin expose-fd listeners
  server-state-file /var/lib/haproxy/server-state
  hard-stop-after 5m
defaults
  mode http
  option idle-close-on-response
  load-server-state-from-file global
frontend f
  bind :80
  default_backend web
backend web
  option httpchk GET /ready
  default-server check inter 1s fall 2 rise 2 weight 100 slowstart 20s
  server web-1 10.0.0.1:8080
  server web-2 10.0.0.2:8080
`;
const rulesOf = (text: string, version?: string): string[] => lintHaproxy(readHaproxyConfig(text, 'haproxy.cfg', version)).map(({ severity, rule }) => `${severity} ${rule}`);
const edit = (from: string | RegExp, to: string): string => {
  const edited = good.replace(from, to);
  assert.notEqual(edited, good, String(from));
  return edited;
};

describe('a haproxy.cfg', () => {
  it('with all that a cutover needs has nothing to be found', () => {
    assert.deepEqual(rulesOf(good), []);
    assert.deepEqual(rulesOf(good, '2.6.12'), []);
  });

  it('of the examples has nothing to be found', () => {
    assert.deepEqual(rulesOf(haproxyConfig({ port: 80, backends: { web: [{ name: 'web-1', port: 8080 }] } }, '/f')), []);
  });

  const cases: [string, string, string[], string?][] = [
    ['a weight of 1, which is what none means', edit(' weight 100', ''), ['warning weight-base']],
    ['a smaller weight at one server', edit('10.0.0.2:8080', '10.0.0.2:8080 weight 10'), ['warning weight-base']],
    ['no health check', edit('default-server check', 'default-server'), ['error health-check-missing']],
    ['a health check that one server goes without', edit('10.0.0.2:8080', '10.0.0.2:8080 no-check'), ['error health-check-missing']],
    ['clients that stick by a cookie', edit('option httpchk GET', 'cookie S insert\n  option httpchk GET'), ['warning sticky-drain']],
    ['clients that stick by a table', edit('option httpchk GET', 'stick-table type ip size 1m\n  stick on src\n  option httpchk GET'), ['warning sticky-drain']],
    ['a check of liveness', edit('/ready', '/livez'), ['warning readiness-is-liveness']],
    ['retries of what a server may have done', edit('option httpchk GET', 'retry-on conn-failure response-timeout\n  option httpchk GET'), ['warning retry-on']],
    ['a forced end of sessions', edit('slowstart 20s', 'on-marked-down shutdown-sessions'), ['warning cut-on-marked-down']],
    ['a slowstart that is over before a check', edit('slowstart 20s', 'slowstart 1s'), ['warning slowstart-inter']],
    ['no word on idle connections', edit('  option idle-close-on-response\n', ''), ['warning idle-close-on-response']],
    ['that word taken back', edit('default_backend web', 'no option idle-close-on-response\n  default_backend web'), ['warning idle-close-on-response']],
    ['no state file', edit(/ {2}server-state-file.*\n/, ''), ['warning server-state-file']],
    ['a state file that nobody loads', edit(/ {2}load-server-state.*\n/, ''), ['warning server-state-file']],
    ['no end to old processes', edit(/ {2}hard-stop-after.*\n/, ''), ['warning hard-stop-after']],
    ['a socket that may only look', edit('level admin ', ''), ['error stats-socket-level']],
    ['no socket', edit(/ {2}stats socket.*\n/, ''), ['error stats-socket-level']],
    ['a backup', edit('10.0.0.2:8080', '10.0.0.2:8080 backup'), ['warning backup-server']],
    ['a server that follows another', edit('10.0.0.2:8080', '10.0.0.2:8080 track api/web-2'), ['warning tracked-server']],
    ['servers that are up before their first check, from 3.1 on', good, ['warning init-state'], '3.1.0'],
  ];
  for (const [what, text, rules, version] of cases) it(`with ${what} is found out: ${rules.join(', ')}`, () => assert.deepEqual(rulesOf(text, version), rules));

  it('may say how its servers begin, from 3.1 on, and may retry what it spares POSTs from', () => {
    assert.deepEqual(rulesOf(edit('weight 100', 'weight 100 init-state fully-down'), '3.1.0'), []);
    assert.deepEqual(rulesOf(edit('option httpchk GET', 'http-request disable-l7-retry if METH_POST\n  retry-on all-retryable-errors\n  option httpchk GET')), []);
    assert.deepEqual(rulesOf(edit('option httpchk GET', 'retry-on conn-failure\n  option httpchk GET')), []);
  });

  it('says what to write instead, and where', () => {
    const [found] = lintHaproxy(readHaproxyConfig(edit(' weight 100', ''), 'haproxy.cfg'));
    assert.match(found!.sentence, /^haproxy\.cfg: backend web has servers with a weight below 100 \(web-1, web-2\).*Write "weight 100" in its default-server\.$/);
  });

  it('is read with its comments, quotes, named defaults and inheritance', () => {
    const text = `
global
  stats socket /a level admin
  server-state-file /b
  hard-stop-after 5m # five
defaults base
  mode http
  option idle-close-on-response
  load-server-state-from-file global
defaults tcp
  mode tcp
frontend plain from tcp
  bind :1
listen web from base
  bind :80
  http-check send meth GET uri "/ready # not a comment"
  default-server check weight 100
  server web-1 10.0.0.1:8080 # weight 1
backend empty from tcp
`;
    assert.deepEqual(rulesOf(text), []);
    const { backends, frontends } = readHaproxyConfig(text, 'x');
    assert.equal(backends[0]!.checkPath, '/ready # not a comment');
    assert.deepEqual(frontends.map(({ name, isHttp, closesIdle }) => [name, isHttp, closesIdle]), [['plain', false, false], ['web', true, true]]);
  });

  it('is judged by the servers that deployments move, where these are known', () => {
    const facts = readHaproxyConfig(edit('10.0.0.2:8080', '10.0.0.2:8080 weight 1'), 'x');
    assert.deepEqual(lintHaproxy(facts, { members: new Set(['web-1']) }), []);
    assert.deepEqual(lintHaproxy(facts, { backends: ['other'] }), []);
  });
});
