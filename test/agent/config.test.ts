import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { ConfigRefused, fileKeys, readConfig } from '../../agent/config.ts';
import type { ConfigSources } from '../../agent/config.ts';
import { defaultLimits, limitKeys } from '../../agent/limits.ts';

const read = (changes: Partial<ConfigSources> = {}) => readConfig({ file: null, environment: {}, flags: {}, hostname: 'web-7', agentVersion: '1', ...changes });
const file = (text: string) => ({ path: '/etc/fairlead/agent.yml', text });
const refused = (changes: Partial<ConfigSources>, pattern: RegExp) => assert.throws(() => read(changes), (error: Error) => error instanceof ConfigRefused && pattern.test(error.message));

describe('the agent’s configuration', () => {
  it('has a default for everything that can have one', () => {
    const { config, remarks } = read();
    assert.deepEqual(remarks, []);
    assert.equal(config.instanceName, 'web-7');
    assert.equal(config.dataFolder, '/var/lib/fairlead-agent');
    assert.equal(config.maxRevisions, 5);
    assert.equal(config.root, null);
    assert.ok(Object.isFrozen(config) && Object.isFrozen(config.hookEnvironment));
  });

  it('takes flags before environment before file', () => {
    const text = file('controller: https://file\nname: from-file\nmax_revisions: 7\n');
    const environment = { FAIRLEAD_CONTROLLER: 'https://environment', FAIRLEAD_NAME: 'from-environment' };
    const { config } = read({ file: text, environment, flags: { controller: 'https://flags' } });
    assert.deepEqual([config.controllerUrl, config.instanceName, config.maxRevisions], ['https://flags', 'from-environment', 7]);
  });

  it('understands the original’s keys, also with its colons, and names what it does not know, once', () => {
    const { config, remarks } = read({ file: file(':root_dir: /opt/data\n:verbose: true\n:max_revisions: 3\n:wait_between_runs: 1\nchildren: 1\n') });
    assert.deepEqual([config.dataFolder, config.logLevel, config.maxRevisions], ['/opt/data', 'debug', 3]);
    assert.deepEqual(remarks, ['/etc/fairlead/agent.yml: these keys mean nothing to this agent and are ignored: :wait_between_runs, children.']);
  });

  it('lays the tags of drop-ins over those of the file, by their names, and says who said each', () => {
    const dropIns = [{ path: '/etc/fairlead/agent.d/10-a.yml', text: 'tags: { role: db, rack: 1 }' }, { path: '/etc/fairlead/agent.d/20-b.yml', text: 'tags: { rack: 2 }\nname: x\nrol: y' }];
    const { config, remarks } = read({ file: file('tags: { role: web, stage: production }'), dropIns });
    assert.deepEqual(config.tags, [{ Key: 'role', Value: 'db' }, { Key: 'stage', Value: 'production' }, { Key: 'rack', Value: '2' }]);
    assert.deepEqual(config.tagOrigins, { role: '/etc/fairlead/agent.d/10-a.yml', stage: '/etc/fairlead/agent.yml', rack: '/etc/fairlead/agent.d/20-b.yml' });
    assert.deepEqual(remarks, ['/etc/fairlead/agent.d/20-b.yml: these keys mean nothing to this agent and are ignored: rol.', '/etc/fairlead/agent.d/20-b.yml: name counts only in /etc/fairlead/agent.yml; a drop-in holds tags.']);
    assert.deepEqual(read({ dropIns, environment: { FAIRLEAD_TAGS: 'a=b' } }).config.tagOrigins, { a: 'FAIRLEAD_TAGS' });
    refused({ dropIns: [{ path: '/d/x.yml', text: 'tags: [a]' }] }, /^\/d\/x\.yml: tags must be a mapping/);
  });

  it('reads tags from flags, environment and file', () => {
    assert.deepEqual(read({ flags: { tags: [{ Key: 'role', Value: 'web' }] }, environment: { FAIRLEAD_TAGS: 'a=b' } }).config.tags, [{ Key: 'role', Value: 'web' }]);
    assert.deepEqual(read({ environment: { FAIRLEAD_TAGS: 'a=b=c,d=' } }).config.tags, [{ Key: 'a', Value: 'b=c' }, { Key: 'd', Value: '' }]);
    assert.deepEqual(read({ file: file('tags: { role: web, zone: 1 }') }).config.tags, [{ Key: 'role', Value: 'web' }, { Key: 'zone', Value: '1' }]);
  });

  it('says its zone where it is told one, and takes no nonsense for it', () => {
    assert.equal(read().config.zone, undefined);
    assert.equal(read({ file: file('zone: eu-central-1a') }).config.zone, 'eu-central-1a');
    assert.equal(read({ file: file('zone: eu-central-1a'), environment: { FAIRLEAD_ZONE: 'rack-7' } }).config.zone, 'rack-7');
    refused({ file: file('zone: "a b"') }, /zone "a b" is not the name/);
  });

  it('lets hooks see a chosen few variables, and none of the agent’s own', () => {
    const environment = { PATH: '/evil', LANG: 'de_DE.UTF-8', TZ: 'UTC', FAIRLEAD_JOIN_TOKEN: 'secret', AWS_SECRET_ACCESS_KEY: 'secret', NODE_OPTIONS: '--inspect', CUSTOM: 'yes' };
    const { hookEnvironment } = read({ environment, file: file('hook_environment_pass: [CUSTOM]\nhook_environment: { STAGE: test }') }).config;
    assert.deepEqual(hookEnvironment, { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/', LANG: 'de_DE.UTF-8', TZ: 'UTC', CUSTOM: 'yes', STAGE: 'test' });
    refused({ file: file('hook_environment: { FAIRLEAD_ROOT: / }') }, /agent's own/);
  });

  it('leaves it to the host whether hooks run in units of systemd, unless it is told', () => {
    assert.equal(read().config.hookUnits, 'auto');
    assert.equal(read({ file: file('hook_units: never') }).config.hookUnits, 'never');
    assert.equal(read({ file: file('hook_units: never'), environment: { FAIRLEAD_HOOK_UNITS: 'always' } }).config.hookUnits, 'always');
    refused({ file: file('hook_units: sometimes') }, /"sometimes", which is none of auto, always, never/);
  });

  it('speaks plain text to this very host only, unless it is allowed in words', () => {
    for (const controller of ['http://127.0.0.1:8080', 'http://127.9.9.9', 'http://localhost:1', 'http://[::1]:8080', 'https://deploy.example.com']) {
      assert.equal(read({ flags: { controller } }).config.controllerUrl, controller);
    }
    for (const controller of ['http://deploy.example.com', 'http://10.0.0.1', 'http://127.0.0.1.example.com']) {
      refused({ flags: { controller } }, /plain text/);
      assert.equal(read({ flags: { controller }, file: file('allow_plaintext: true') }).config.controllerUrl, controller);
    }
  });

  it('bounds what bundles may ask by defaults, and by what the host says instead', () => {
    assert.deepEqual(read().config.limits, defaultLimits);
    const { bundle, appSpec } = read({ file: file('limits: { entries: 5, appspec_files: 2 }') }).config.limits;
    assert.deepEqual([bundle.maxEntries, bundle.maxBytes, appSpec.maxFiles], [5, 2 * 1024 ** 3, 2]);
  });

  it('is told in docs/agent.md: every key, and every limit with its default and its most', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/agent.md'), 'utf8');
    const rows = (mark: string) => page.slice(page.indexOf(mark)).split('\n\n')[1]!.split('\n').slice(2).map((row) => row.split('|').map((cell) => cell.trim()).slice(1, -1));
    const named = rows('<!-- keys').flatMap(([cell]) => [...cell!.matchAll(/`([a-z0-9_]+)`/g)].map(([, key]) => key!));
    assert.deepEqual(named.sort(), [...fileKeys].sort());
    const limits = Object.entries(limitKeys).map(([key, { part, member, most }]) => [`\`${key}\``, String((defaultLimits[part] as unknown as Record<string, number>)[member]), String(most)]);
    assert.deepEqual(rows('<!-- limits').map((row) => row.slice(0, 3)), limits);
  });

  for (const [what, text, pattern] of [
    ['a limit that is none', 'limits: { files: 3 }', /limits: there is no limit "files"; the limits are unpacked_bytes, entries/],
    ['a limit of the prototype', 'limits: { constructor: 3 }', /there is no limit "constructor"/],
    ['a limit of 0', 'limits: { entries: 0 }', /limits: entries must be a whole number from 1 to 1000000/],
    ['a limit beyond what Linux can', 'limits: { component_bytes: 256 }', /component_bytes must be a whole number from 1 to 255/],
    ['a proxy that is no URL', 'proxy_uri: proxy', /proxy_uri "proxy" is not the URL of a proxy/],
    ['a proxy with a password that is none', "proxy_uri: 'http://u:50%@p:1'", /holds a % that begins no code/],
    ['broken YAML', 'controller: [', /not valid YAML/],
    ['a list', '- a', /must hold keys/],
    ['a controller that is no URL', 'controller: deploy', /not a URL/],
    ['a controller with a password', 'controller: https://a:b@c', /no user, password/],
    ['a relative data folder', 'data_dir: data', /absolute path/],
    ['max_revisions of 0', 'max_revisions: 0', /max_revisions must be a whole number/],
    ['max_revisions in words', 'max_revisions: five', /max_revisions must be a whole number/],
    ['an unknown log level', 'log_level: loud', /error, warn, info, debug/],
    ['a name with a slash', 'name: a/b', /instance name/],
    ['tags as a list', 'tags: [a]', /tags must be a mapping/],
    ['a boolean in words', 'allow_plaintext: please', /true or false/],
  ] as const) {
    it(`refuses ${what}, naming it`, () => refused({ file: file(text) }, pattern));
  }
});
